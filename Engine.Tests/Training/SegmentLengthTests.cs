using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>
/// A tape that keeps only a segment of the sequence and computes the others again gives every result of the whole tape, to the bit.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SegmentLengthTests
{
    private const int Steps = 13;
    // Beyond 64 rows a weight's gradient comes in chunks; 13 steps of 7 rows have borders of segments and chunks in different places.
    private static readonly int[] BatchSizes = [1, 7];

    // The second is the first with an optimizer that has seen something.
    private static readonly int Runs = Widths.MultiplyAddsAreCalls ? 2 : 4;

    private static readonly int[] LargeBatches = Widths.MultiplyAddsAreCalls ? [240] : [240, 700];

    // Units of the layers that have many rows: more than two blocks, or more than one where a multiply-add takes long.
    private static readonly int Units = Widths.MultiplyAddsAreCalls ? 17 : 33;

    private static readonly int[] SegmentLengths = [1, 3, 7, Steps - 1, Steps, Steps + 1, 1000];

    private static IEnumerable<ModelSpec> Specs =>
    [
        .. Cells.All.Select(cell => ModelSpec.Input(5).Add(cell, 17)),
        .. Cells.All.Select(cell => ModelSpec.Input(3).Add(cell, 33).Add(cell, 16).Linear(3)),
        ModelSpec.Input(9).Rnn(8).Linear(6).Lstm(31).Gru(15).Gru(9, GruReset.Before).Linear(3),
        ModelSpec.Input(16).Lstm(20).Linear(2, lastStepOnly: true),
        ModelSpec.Input(4).Linear(5).Linear(2, lastStepOnly: true),
        ModelSpec.Tokens(13).Embedding(7).Gru(16).Linear(13),
        ModelSpec.Tokens(13).Embedding(7).Lstm(16).Linear(13, lastStepOnly: true),
    ];

    [Test]
    public void Training_gives_the_same_bits(
        [ValueSource(nameof(Specs))] ModelSpec spec,
        [ValueSource(nameof(SegmentLengths))] int segment,
        [ValueSource(nameof(BatchSizes))] int batch,
        [Values] LossSteps steps)
    {
        TrainerOptions options = Options(spec, batch) with { LossSteps = steps };
        AreEqual(Train(spec, options with { SegmentLength = segment }, InstructionSets.Best), Train(spec, options, InstructionSets.Best));
    }

    [Test]
    public void Every_width_gives_the_same_bits(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Specs))] ModelSpec spec)
    {
        TrainerOptions options = Options(spec, 3);
        AreEqual(Train(spec, options with { SegmentLength = 4 }, set), Train(spec, options, InstructionSet.Scalar));
    }

    /// <summary>So many rows that a layer goes over its tape in parts: all cells have more than one, whole or in two segments.</summary>
    [Test]
    public void Parts_of_a_long_sequence_give_the_same_bits([Values] Cell cell)
    {
        const int Long = 48;
        ModelSpec spec = ModelSpec.Input(5).Add(cell, Units).Add(cell, Units + 7).Linear(2);
        AreEqualInParts(spec, Options(spec, 130) with { SequenceLength = Long }, segment: 24);
    }

    /// <summary>Parts of three steps and of one, fewer than there are layers, each of which is a step further on than the one below.</summary>
    [Test]
    public void Parts_shorter_than_the_stack_is_high_give_the_same_bits(
        [ValueSource(nameof(Stacks))] ModelSpec spec, [ValueSource(nameof(LargeBatches))] int batch) =>
        AreEqualInParts(spec, Options(spec, batch), segment: 5);

    /// <summary>Outputs are readable between the pieces, the caller's arrays may change, and an evaluation may come in between.</summary>
    [Test]
    public void The_pieces_of_a_step_give_the_same_bits([ValueSource(nameof(Specs))] ModelSpec spec, [Values(1, 3, Steps)] int segment)
    {
        TrainerOptions options = Options(spec, 2);
        float[] expected = InPieces(spec, options);
        Bits.AreEqual(InPieces(spec, options with { SegmentLength = segment }), expected, "outputs, gradients, weights");
    }

    [Test]
    public void A_bad_length_is_refused([Values(0, -1, int.MinValue, int.MaxValue)] int segment)
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(2));
        Assert.That(
            () => new Trainer(model, new() { SequenceLength = 3, BatchSize = 1, SegmentLength = segment }),
            Throws.InstanceOf<ArgumentOutOfRangeException>().With.Message.Contains($"SegmentLength is {segment}; expected 1 to"));
    }

    private static IEnumerable<ModelSpec> Stacks =>
    [
        ModelSpec.Input(5).Linear(7).Lstm(Units).Gru(Units).Linear(20).Rnn(12).Linear(2),
        ModelSpec.Tokens(11).Embedding(5).Lstm(Units).Lstm(Units + 7).Linear(9).Linear(11),
        ModelSpec.Input(3).Gru(17).Gru(Units, GruReset.Before).Lstm(Units + 7).Linear(2, lastStepOnly: true),
        ModelSpec.Input(3).Lstm(Units).Linear(30).Lstm(Units + 7),
    ];

    // The whole tape and one of segments, beside a tape of single steps, which has no parts.
    private static void AreEqualInParts(ModelSpec spec, TrainerOptions options, int segment)
    {
        Result expected = Train(spec, options with { SegmentLength = 1 }, InstructionSets.Best, runs: 1);
        AreEqual(Train(spec, options, InstructionSets.Best, runs: 1), expected);
        AreEqual(Train(spec, options with { SegmentLength = segment }, InstructionSets.Best, runs: 1), expected);
    }

    private static TrainerOptions Options(ModelSpec spec, int batch) => new()
    {
        SequenceLength = Steps,
        BatchSize = batch,
        Loss = spec.TakesTokens ? Loss.CrossEntropy : Loss.MeanSquaredError,
        ClipNorm = 0.5,
        CarryState = true,
        InputGradient = !spec.TakesTokens,
        Optimizer = new AdamOptions { LearningRate = 0.01 },
    };

    private static void AreEqual(Result actual, Result expected)
    {
        Bits.AreEqual(actual.Losses, expected.Losses, "losses");
        Bits.AreEqual(actual.Gradients, expected.Gradients, "gradients");
        Bits.AreEqual(actual.Weights, expected.Weights, "weights");
        Bits.AreEqual(actual.Outputs, expected.Outputs, "outputs");
        Bits.AreEqual(actual.State, expected.State, "state");
        Assert.That(actual.Losses, Has.All.Matches<float>(float.IsFinite).And.All.GreaterThan(0f));
        Assert.That(actual.Gradients.Count(g => g != 0), Is.GreaterThan(actual.Gradients.Length / 20), "the gradients are not just zeros");
    }

    private static Result Train(ModelSpec spec, TrainerOptions options, InstructionSet set, int? runs = null)
    {
        using SequenceModel model = Models.Create(spec, 5, set);
        using var trainer = new Trainer(model, options);
        Models.SetState(trainer.State, 70);
        var losses = new List<float>();
        var gradients = new List<float>();
        for (int run = 0; run < (runs ?? Runs); run++)
        {
            Data data = new(spec, options, 100 * run);
            TrainingStep step = spec.TakesTokens ? trainer.Step(data.Tokens, data.Classes) : trainer.Step(data.X, data.Targets);
            losses.AddRange([step.Loss, step.GradientNorm, data.Evaluate(trainer)]);
            gradients.AddRange(Gradients(trainer));
        }

        float[] outputs = new Data(spec, options, 9000).Forward(trainer);
        return new([.. losses], [.. gradients], Models.AllParameters(model), outputs, Models.Snapshot(trainer.State));
    }

    private static float[] InPieces(ModelSpec spec, TrainerOptions options)
    {
        using SequenceModel model = Models.Create(spec, 5);
        using var trainer = new Trainer(model, options);
        var all = new List<float>();
        for (int run = 0; run < Runs; run++)
        {
            Data data = new(spec, options, 100 * run);
            data.Evaluate(trainer);
            float[] outputs = data.Forward(trainer);
            data.X.AsSpan().Fill(float.NaN);
            data.Tokens.AsSpan().Clear();
            trainer.Backward([.. outputs.Select(y => y - 0.3f)]);
            all.AddRange(outputs);
            all.AddRange(Gradients(trainer));
            Assert.That(trainer.Update().Updated);
        }

        return [.. all, .. Models.AllParameters(model), .. Models.Snapshot(trainer.State)];
    }

    private static List<float> Gradients(Trainer trainer)
    {
        var all = new List<float>(Models.AllGradients(trainer));
        for (int layer = 0; layer < trainer.State.RecurrentLayerCount; layer++)
        {
            float[] gradient = new float[trainer.State.BatchSize * trainer.State.HiddenSize(layer)];
            trainer.GetInitialHiddenGradient(layer, gradient);
            all.AddRange(gradient);
            if (!trainer.State.HasCell(layer)) continue;
            trainer.GetInitialCellGradient(layer, gradient);
            all.AddRange(gradient);
        }

        if (!trainer.Model.Spec.TakesTokens) all.AddRange(trainer.InputGradient);
        return all;
    }

    private sealed record Result(float[] Losses, float[] Gradients, float[] Weights, float[] Outputs, float[] State);

    private sealed class Data
    {
        public Data(ModelSpec spec, TrainerOptions options, int seed)
        {
            int rows = options.SequenceLength * options.BatchSize;
            int answers = spec.LastStepOnly || options.LossSteps == LossSteps.Last ? options.BatchSize : rows;
            X = Numbers.Values(seed, rows * spec.FirstLayerInput);
            Tokens = Numbers.Tokens(seed, rows, spec.FirstLayerInput);
            Targets = Numbers.Values(seed + 1, answers * spec.OutputSize);
            Classes = Numbers.Tokens(seed + 1, answers, spec.OutputSize);
        }

        public float[] X { get; }

        public int[] Tokens { get; }

        public float[] Targets { get; }

        public int[] Classes { get; }

        public float Evaluate(Trainer trainer) =>
            trainer.Model.Spec.TakesTokens ? trainer.Evaluate(Tokens, Classes) : trainer.Evaluate(X, Targets);

        public float[] Forward(Trainer trainer) => (trainer.Model.Spec.TakesTokens ? trainer.Forward(Tokens) : trainer.Forward(X)).ToArray();
    }
}
