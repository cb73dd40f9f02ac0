using FsCheck;
using FsCheck.Fluent;

namespace Engine.Tests.Interop;

/// <summary>Descriptions for the tests of files.</summary>
internal static class Specs
{
    /// <summary>Every kind of layer with every option; a test checks that.</summary>
    public static readonly ModelSpec[] EveryKind =
    [
        ModelSpec.Input(3).Rnn(5),
        ModelSpec.Input(1).Rnn(17, RnnActivation.Relu),
        ModelSpec.Input(3).Lstm(5),
        ModelSpec.Input(2).Lstm(16).Lstm(16).Lstm(7).Linear(2, lastStepOnly: true),
        ModelSpec.Input(4).Gru(9),
        ModelSpec.Input(4).Gru(9, GruReset.Before).Gru(9),
        ModelSpec.Input(3).Linear(2).Linear(70).Linear(2),
        ModelSpec.Tokens(11).Embedding(4).Gru(6).Linear(11),
    ];

    /// <summary>Any valid description.</summary>
    public static Gen<ModelSpec> Any =>
        from start in Gen.OneOf(
            Size.Select(ModelSpec.Input),
            from vocabulary in Size
            from dimension in Size
            select ModelSpec.Tokens(vocabulary).Embedding(dimension))
        from layers in Gen.Choose(0, 6).SelectMany(count => Gen.ListOf(Inner, count))
        from last in Gen.OneOf(Inner, Size.Select(size => (LayerSpec)new LinearSpec(size, lastStepOnly: true)))
        select layers.Append(last).Aggregate(start, (spec, layer) => spec.Add(layer));

    private static Gen<int> Size => Gen.OneOf(Gen.Choose(1, 80), Gen.Choose(1, 1 << 20));

    private static Gen<LayerSpec> Inner => Gen.OneOf(
        from size in Size
        from activation in Gen.Elements(Enum.GetValues<RnnActivation>())
        select (LayerSpec)new RnnSpec(size, activation),
        Size.Select(size => (LayerSpec)new LstmSpec(size)),
        from size in Size
        from reset in Gen.Elements(Enum.GetValues<GruReset>())
        select (LayerSpec)new GruSpec(size, reset),
        Size.Select(size => (LayerSpec)new LinearSpec(size)));
}
