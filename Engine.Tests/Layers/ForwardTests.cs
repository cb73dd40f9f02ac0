using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>Every cell and layer against the double-precision reference, at every width and over awkward sizes.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ForwardTests
{
    private const int Steps = 5;

    // Outputs are about 1 in size; the chains of 128 multiply-adds before them bring a few roundings.
    private const double Tolerance = 1e-6;

    private static int[] Sizes { get; } = [1, 7, 8, 9, 15, 16, 17, 31, 33, 50, 128];
    private static int[] Batches { get; } = [1, 2, 3, 5, 32];

    [Test]
    public void Cells(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [ValueSource(nameof(Sizes))] int hidden)
    {
        int i = Array.IndexOf(Sizes, hidden);
        int inputs = Sizes[(i + 4) % Sizes.Length];
        foreach (int batch in new[] { Batches[i % 5], Batches[(i + 2) % 5] })
            Compare(ModelSpec.Input(inputs).Add(cell, hidden), set, batch);
    }

    [Test]
    public void Heads(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Sizes))] int outputs,
        [Values] bool lastStepOnly)
    {
        int inputs = Sizes[(Array.IndexOf(Sizes, outputs) + 5) % Sizes.Length];
        Compare(ModelSpec.Input(inputs).Linear(inputs).Linear(outputs, lastStepOnly), set, batch: 3);
    }

    [Test]
    public void Embeddings(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Sizes))] int dimension) =>
        Compare(ModelSpec.Tokens(vocabulary: 11).Embedding(dimension).Rnn(9), set, batch: 2);

    private static void Compare(ModelSpec spec, InstructionSet set, int batch)
    {
        using SequenceModel model = Models.Create(spec, 30, set);
        using StreamState state = model.CreateState(batch);
        Models.SetState(state, 40);
        ReferenceModel reference = ReferenceModel.Of(model);
        reference.TakeState(state);
        float[] x = Numbers.Values(50, spec.TakesTokens ? 0 : Steps * batch * spec.FirstLayerInput);
        int[] tokens = Numbers.Tokens(50, spec.TakesTokens ? Steps * batch : 0, spec.FirstLayerInput);

        double[] expected = reference.Run(batch, spec.TakesTokens ? Array.ConvertAll(tokens, id => (double)id) : ReferenceModel.Doubles(x));
        float[] y = new float[expected.Length];
        if (spec.TakesTokens) model.Run(state, tokens, y);
        else model.Run(state, x, y);

        AreClose(y, expected, $"{spec}, batch {batch}, outputs");
        double[] final = [.. reference.Hidden.Zip(reference.Cell, (h, c) => h.Concat(c)).SelectMany(values => values)];
        AreClose(Models.Snapshot(state), final, $"{spec}, batch {batch}, state");
    }

    private static void AreClose(float[] actual, double[] expected, string what)
    {
        Assert.That(actual, Has.Length.EqualTo(expected.Length), what);
        for (int i = 0; i < actual.Length; i++)
        {
            double allowed = Tolerance * Math.Max(1, Math.Abs(expected[i]));
            Assert.That((double)actual[i], Is.EqualTo(expected[i]).Within(allowed), $"{what}, value {i}");
        }
    }
}
