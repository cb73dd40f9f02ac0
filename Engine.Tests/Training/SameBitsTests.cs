using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>50 training steps give the same losses, outputs, gradients and weights to the bit at every width, and every time.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SameBitsTests
{
    private const int Runs = 50;
    private const int Steps = 7;
    private const int Batch = 3;

    private static IEnumerable<ModelSpec> Specs =>
    [
        .. Cells.All.Select(cell => ModelSpec.Input(5).Add(cell, 17).Add(cell, 17).Linear(3)),
        ModelSpec.Input(9).Rnn(8).Lstm(31).Gru(15).Gru(9, GruReset.Before).Linear(3),
        ModelSpec.Input(1).Lstm(33).Linear(1, lastStepOnly: true),
        ModelSpec.Tokens(13).Embedding(7).Gru(16).Linear(13),
    ];

    [Test]
    public void Every_width_trains_to_the_same_bits(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Specs))] ModelSpec spec)
    {
        Trained wide = Train(spec, set);
        Trained scalar = Train(spec, InstructionSet.Scalar);

        Bits.AreEqual(wide.Losses, scalar.Losses, "losses");
        Bits.AreEqual(wide.Norms, scalar.Norms, "norms");
        Bits.AreEqual(wide.Gradients, scalar.Gradients, "gradients of the last step");
        Bits.AreEqual(wide.Weights, scalar.Weights, "weights");
        Bits.AreEqual(wide.Outputs, scalar.Outputs, "outputs");
        Assert.That(wide.Losses, Is.All.Not.NaN);
        Assert.That(wide.Losses[^10..].Average(), Is.LessThan(wide.Losses[..10].Average()), "it learned");
    }

    private static Trained Train(ModelSpec spec, InstructionSet set)
    {
        using SequenceModel model = SequenceModel.Create(spec, 3, Initialization.GlorotOrthogonal, set);
        using var trainer = new Trainer(model, new TrainerOptions
        {
            SequenceLength = Steps,
            BatchSize = Batch,
            Loss = spec.TakesTokens ? Loss.CrossEntropy : Loss.MeanSquaredError,
            ClipNorm = 0.5,
            Optimizer = new AdamOptions { LearningRate = 0.01 },
        });
        float[] losses = new float[Runs];
        float[] norms = new float[Runs];
        for (int run = 0; run < Runs; run++)
        {
            // A few sequences over and over: something to learn.
            int seed = 100 + (run % 3);
            int[] tokens = Numbers.Tokens(seed, Steps * Batch, spec.FirstLayerInput);
            float[] x = Numbers.Values(seed, Steps * Batch * spec.FirstLayerInput);
            int answers = (spec.LastStepOnly ? 1 : Steps) * Batch;
            TrainingStep step = spec.TakesTokens
                ? trainer.Step(tokens, Numbers.Tokens(seed + 10, answers, spec.OutputSize))
                : trainer.Step(x, Numbers.Values(seed + 10, answers * spec.OutputSize));
            losses[run] = step.Loss;
            norms[run] = step.GradientNorm;
        }

        float[] gradients = Models.AllGradients(trainer);
        float[] outputs = spec.TakesTokens
            ? trainer.Forward(Numbers.Tokens(99, Steps * Batch, spec.FirstLayerInput)).ToArray()
            : trainer.Forward(Numbers.Values(99, Steps * Batch * spec.FirstLayerInput)).ToArray();
        return new(losses, norms, gradients, Models.AllParameters(model), outputs);
    }

    private sealed record Trained(float[] Losses, float[] Norms, float[] Gradients, float[] Weights, float[] Outputs);
}
