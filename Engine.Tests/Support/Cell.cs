namespace Engine.Tests.Support;

/// <summary>The recurrent cells there are.</summary>
internal enum Cell
{
    RnnTanh,
    RnnRelu,
    Lstm,
    Gru,
    GruBefore,
}

internal static class Cells
{
    public static Cell[] All { get; } = Enum.GetValues<Cell>();

    public static ModelSpec Add(this ModelSpec spec, Cell cell, int hidden) => cell switch
    {
        Cell.RnnTanh => spec.Rnn(hidden),
        Cell.RnnRelu => spec.Rnn(hidden, RnnActivation.Relu),
        Cell.Lstm => spec.Lstm(hidden),
        Cell.Gru => spec.Gru(hidden),
        Cell.GruBefore => spec.Gru(hidden, GruReset.Before),
        _ => throw new ArgumentOutOfRangeException(nameof(cell), cell, null),
    };
}
