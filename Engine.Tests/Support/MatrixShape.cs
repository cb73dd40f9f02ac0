using Engine.Layout;

namespace Engine.Tests.Support;

/// <summary>A combination of gates that a recurrent layer multiplies by, for tests of packed matrices.</summary>
/// <param name="Name">For messages.</param>
/// <param name="Slots">For each of PyTorch's gates its place within a block.</param>
/// <param name="Parts">Ranges of places that are multiplied apart.</param>
/// <param name="ChainsPerUnit">Places of a block in a gate row.</param>
internal sealed record MatrixShape(string Name, int[] Slots, GateRange[] Parts, int ChainsPerUnit)
{
    public static MatrixShape[] All { get; } =
    [
        new("rnn", [0], [new(0, 1)], 1),
        new("lstm", [0, 1, 2, 3], [new(0, 4)], 4),
        new("gru, weight_ih", [1, 2, 0], [new(0, 3)], 4),
        new("gru, weight_hh", [0, 1, 2], [new(0, 3)], 4),
        new("gru before, weight_hh", [1, 2, 0], [new(0, 1), new(1, 2)], 3),
    ];

    /// <summary>Place in a gate row, counted from the first gate, of a unit of one of PyTorch's gates.</summary>
    public int ChainOf(int gate, int unit) => (unit / 16 * 16 * ChainsPerUnit) + (Slots[gate] * 16) + (unit % 16);

    public override string ToString() => Name;
}
