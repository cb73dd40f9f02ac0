using Engine.Kernels;

namespace Engine.Tests.Contract;

/// <summary>A description with a name for the test list.</summary>
internal sealed record Case(string Name, ModelSpec Spec)
{
    private const int Features = 3;

    /// <summary>The five recurrent cells, each with a linear head.</summary>
    public static IReadOnlyList<Case> Cells(int hidden) =>
    [
        new("rnn tanh", ModelSpec.Input(Features).Rnn(hidden).Linear(2)),
        new("rnn relu", ModelSpec.Input(Features).Rnn(hidden, RnnActivation.Relu).Linear(2)),
        new("lstm", ModelSpec.Input(Features).Lstm(hidden).Linear(2)),
        new("gru after", ModelSpec.Input(Features).Gru(hidden).Linear(2)),
        new("gru before", ModelSpec.Input(Features).Gru(hidden, GruReset.Before).Linear(2)),
    ];

    /// <summary>Every way layers can stand together.</summary>
    public static IReadOnlyList<Case> Compositions(int hidden) =>
    [
        new("no head", ModelSpec.Input(Features).Lstm(hidden)),
        new("linear alone", ModelSpec.Input(Features).Linear(hidden)),
        new("last step", ModelSpec.Input(Features).Gru(hidden).Linear(2, lastStepOnly: true)),
        new("stack of one module", ModelSpec.Input(Features).Lstm(hidden).Lstm(hidden).Lstm(hidden).Linear(2)),
        new("stack of all cells",
            ModelSpec.Input(Features).Rnn(hidden).Linear(5).Lstm(hidden + 1).Gru(hidden).Gru(hidden, GruReset.Before).Linear(2)),
        new("embedding", ModelSpec.Tokens(11).Embedding(4).Lstm(hidden).Linear(6)),
        new("embedding, last step", ModelSpec.Tokens(11).Embedding(4).Gru(hidden).Linear(6, lastStepOnly: true)),
    ];

    public static IEnumerable<Case> All(int hidden) => Cells(hidden).Concat(Compositions(hidden));

    /// <summary>Every width this machine has.</summary>
    public static IEnumerable<InstructionSet> InstructionSets =>
        Enum.GetValues<InstructionSet>().Where(set => set <= Engine.Kernels.InstructionSets.Choose(null));

    public override string ToString() => Name;
}
