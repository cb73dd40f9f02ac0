using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Golden;

/// <summary>Stacks with a head and a loss against PyTorch.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class StackedTests
{
    private static IEnumerable<string> Cases => GoldenFile.Open("stacked").CaseNames;

    [TestCaseSource(nameof(Cases))]
    public void Outputs_loss_and_gradients(string name)
    {
        GoldenCase golden = GoldenFile.Open("stacked").Case(name);
        (int batch, int steps, int seed) = (golden.Int("B"), golden.Int("T"), golden.Int("seed"));
        bool classes = golden["loss"] == "ce";
        using SequenceModel model = golden.CreateModel();
        bool tokens = model.Spec.TakesTokens;
        using var trainer = new Trainer(model, new TrainerOptions
        {
            SequenceLength = steps,
            BatchSize = batch,
            Loss = classes ? Loss.CrossEntropy : Loss.MeanSquaredError,
            InputGradient = !tokens,
        });

        float[] x = tokens ? [] : Numbers.Values(seed, steps * batch * model.InputSize);
        int[] ids = tokens ? golden.Int32s("tokens") : [];
        if (tokens) Assert.That(ids, Is.EqualTo(Numbers.Tokens(seed, steps * batch, model.Spec.FirstLayerInput)));

        var ours = new Dictionary<string, float[]> { ["y"] = (tokens ? trainer.Forward(ids) : trainer.Forward(x)).ToArray() };
        TrainingStep step = (tokens, classes) switch
        {
            (false, false) => trainer.Step(x, Numbers.Values(seed + 3, ours["y"].Length)),
            (false, true) => trainer.Step(x, golden.Int32s("classes")),
            (true, false) => trainer.Step(ids, Numbers.Values(seed + 3, ours["y"].Length)),
            (true, true) => trainer.Step(ids, golden.Int32s("classes")),
        };

        ours["loss"] = [step.Loss];
        if (!tokens) ours["dx"] = trainer.InputGradient.ToArray();
        foreach (ParameterInfo parameter in model.Parameters) ours[$"gradient/{parameter.Name}"] = Models.Gradient(trainer, parameter);

        Assert.That(ours.Keys, Is.EquivalentTo(golden.Expected));
        double worst = ours.Max(tensor => golden.Compare(tensor.Key, tensor.Value));
        TestContext.Out.WriteLine($"needed {worst:P0} of what is allowed");
    }
}
