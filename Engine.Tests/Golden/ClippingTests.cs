using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Golden;

/// <summary>Clipping by either norm and by value, seen through three Adam steps, against PyTorch.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ClippingTests
{
    private static float[] TargetScales { get; } = [1f, 8f, 0.5f];

    private static IEnumerable<string> Cases => GoldenFile.Open("clipping").CaseNames;

    [TestCaseSource(nameof(Cases))]
    public void Norms_and_weights_after_three_steps(string name)
    {
        GoldenCase golden = GoldenFile.Open("clipping").Case(name);
        (int batch, int steps, int seed) = (golden.Int("B"), golden.Int("T"), golden.Int("seed"));
        string clip = golden["clip"];
        double limit = golden.Double("limit");
        using SequenceModel model = golden.CreateModel();
        using var trainer = new Trainer(model, new TrainerOptions
        {
            SequenceLength = steps,
            BatchSize = batch,
            ClipNorm = clip is "l2" or "inf" ? limit : null,
            ClipNormKind = clip == "inf" ? NormKind.Infinity : NormKind.L2,
            ClipValue = clip == "value" ? limit : null,
            Optimizer = new AdamOptions { LearningRate = golden.Double("lr") },
        });

        float[] norms = new float[TargetScales.Length];
        for (int s = 0; s < norms.Length; s++)
        {
            float[] x = Numbers.Values(seed + 100 + (2 * s), steps * batch * model.InputSize);
            float[] targets = Numbers.Values(seed + 101 + (2 * s), steps * batch * model.OutputSize, TargetScales[s]);
            norms[s] = trainer.Step(x, targets).GradientNorm;
        }

        var ours = new Dictionary<string, float[]> { ["norms"] = norms };
        foreach (ParameterInfo parameter in model.Parameters) ours[$"parameter/{parameter.Name}"] = Models.Get(model, parameter);

        Assert.That(ours.Keys, Is.EquivalentTo(golden.Expected));
        double worst = ours.Max(tensor => golden.Compare(tensor.Key, tensor.Value));
        TestContext.Out.WriteLine($"needed {worst:P0} of what is allowed");
    }
}
