using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Golden;

/// <summary>Whole training runs, 50 steps of Adam with clipping, against PyTorch's losses, norms and final weights.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TrainingTests
{
    private const int Ignored = -100;

    private static IEnumerable<string> Cases => GoldenFile.Open("training").CaseNames;

    [TestCaseSource(nameof(Cases))]
    public void Losses_norms_and_final_weights(string name)
    {
        GoldenCase golden = GoldenFile.Open("training").Case(name);
        bool tokens = golden["loss"] == "ce";
        using SequenceModel model = golden.CreateModel();
        using var trainer = new Trainer(model, new TrainerOptions
        {
            SequenceLength = golden.Int("T"),
            BatchSize = golden.Int("B"),
            Loss = tokens ? Loss.CrossEntropy : Loss.MeanSquaredError,
            ClipNorm = golden.Double("limit"),
            CarryState = golden.Flag("carry"),
            Optimizer = new AdamOptions { LearningRate = golden.Double("lr") },
        });

        TrainingStep[] log = tokens ? TrainOnTokens(golden, trainer) : TrainOnNumbers(golden, trainer);

        CompareLog(golden, "losses", [.. log.Select(step => step.Loss)]);
        CompareLog(golden, "norms", [.. log.Select(step => step.GradientNorm)]);
        double worst = model.Parameters.Max(parameter => golden.Compare($"parameter/{parameter.Name}", Models.Get(model, parameter)));
        TestContext.Out.WriteLine($"final weights needed {worst:P0} of what is allowed");
        Assert.That(model.Parameters.Select(parameter => $"parameter/{parameter.Name}"), Is.EquivalentTo(golden.Expected));
        Assert.That(trainer.Steps, Is.EqualTo(log.Length));
    }

    private static TrainingStep[] TrainOnTokens(GoldenCase golden, Trainer trainer)
    {
        int batch = golden.Int("B");
        var log = new TrainingStep[golden.Int("steps")];
        for (int s = 0; s < log.Length; s++)
        {
            int[] tokens = Numbers.Tokens(golden.Int("seed") + 100 + (2 * s), golden.Int("T") * batch, trainer.Model.Spec.FirstLayerInput);
            int[] classes = [.. Enumerable.Repeat(Ignored, batch), .. tokens[..^batch]];
            log[s] = trainer.Step(tokens, classes);
        }

        return log;
    }

    // The task is to remember one step: target = 2 x(t) + 2 x(t-1) over the first two features.
    private static TrainingStep[] TrainOnNumbers(GoldenCase golden, Trainer trainer)
    {
        int perStep = golden.Int("B") * 3;
        var log = new TrainingStep[golden.Int("steps")];
        float[] before = new float[perStep];
        for (int s = 0; s < log.Length; s++)
        {
            float[] x = Numbers.Values(golden.Int("seed") + 100 + (2 * s), golden.Int("T") * perStep);
            float[] earlier = [.. before, .. x[..^perStep]];
            float[] targets = [.. Enumerable.Range(0, x.Length).Where(i => i % 3 < 2).Select(i => (2 * x[i]) + (2 * earlier[i]))];
            log[s] = trainer.Step(x, targets);
            if (golden.Flag("carry")) before = x[^perStep..];
        }

        return log;
    }

    // Errors grow on the way: ten times the largest PyTorch's float32 run has had up to the step, and the floor.
    private static void CompareLog(GoldenCase golden, string tensor, float[] ours)
    {
        double[] exact = golden.Doubles(tensor);
        double[] torch = golden.Doubles(tensor + "32");
        Assert.That(ours, Has.Length.EqualTo(exact.Length));
        double torchError = 0;
        double largest = 0;
        for (int s = 0; s < exact.Length; s++)
        {
            torchError = Math.Max(torchError, Math.Abs(torch[s] - exact[s]));
            double error = Math.Abs(ours[s] - exact[s]);
            largest = Math.Max(largest, error);
            Assert.That(
                error, Is.LessThanOrEqualTo(GoldenTolerance.Of(torchError, exact[s])),
                $"{tensor} of step {s}: {ours[s]:R} against {exact[s]:R}");
        }

        Assert.That(exact[^1], Is.Not.EqualTo(exact[0]).Within(1e-3), "a run that stands still proves nothing");
        TestContext.Out.WriteLine($"{tensor}: at most {largest:E2} from double precision; PyTorch {torchError:E2}");
    }
}
