using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>
/// A gradient with a number that is none is refused, and nothing of it is left on the tape, not in the padding either: training goes on as
/// if it had never come.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BadGradientTests
{
    private const int Inputs = 3;
    private const int Outputs = 2;

    [Test]
    public void Nothing_of_it_is_left(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(5, 20)] int hidden,
        [Values(1, 3)] int batch, [Values(1, 3)] int steps, [Values(null, 1, 2)] int? segment)
    {
        ModelSpec spec = ModelSpec.Input(Inputs).Add(cell, hidden).Add(cell, hidden).Linear(Outputs);
        var options = new TrainerOptions { SequenceLength = steps, BatchSize = batch, SegmentLength = segment };
        float[] x = Numbers.Values(5, steps * batch * Inputs);
        float[] gradient = Numbers.Values(6, steps * batch * Outputs);
        float[] bad = [.. gradient];
        bad[^1] = float.NaN;

        Bits.AreEqual(WeightsAfter(bad), WeightsAfter(null), "weights");

        float[] WeightsAfter(float[]? first)
        {
            using SequenceModel model = Models.Create(spec, 1, set);
            using var trainer = new Trainer(model, options);
            if (first is not null) Assert.That(Step(first).Updated, Is.False);
            for (int step = 0; step < 2; step++)
            {
                TrainingStep done = Step(gradient);
                Assert.That(done.Updated, Is.True, $"step {step}: {done.NonFinite}");
            }

            return Models.AllParameters(model);

            TrainingStep Step(float[] outputGradient)
            {
                trainer.Forward(x);
                trainer.Backward(outputGradient);
                return trainer.Update();
            }
        }
    }
}
