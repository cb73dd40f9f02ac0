using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Golden;

/// <summary>One layer of every cell, forward and back, against PyTorch over awkward sizes.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ForwardBackwardTests
{
    private static IEnumerable<string> Cases => GoldenFile.Open("forward_backward").CaseNames;

    [TestCaseSource(nameof(Cases))]
    public void Outputs_states_and_gradients(string name)
    {
        GoldenCase golden = GoldenFile.Open("forward_backward").Case(name);
        (int inputs, int hidden, int batch, int steps) = (golden.Int("I"), golden.Int("H"), golden.Int("B"), golden.Int("T"));
        int seed = golden.Int("seed");
        Cell cell = GoldenCase.CellOf(golden["cell"]);
        using SequenceModel model = Models.Create(ModelSpec.Input(inputs).Add(cell, hidden), seed + 4);
        using var trainer = new Trainer(model, new TrainerOptions { SequenceLength = steps, BatchSize = batch, InputGradient = true });
        float[] x = Numbers.Values(seed, steps * batch * inputs);
        Begin(trainer.State);

        var ours = new Dictionary<string, float[]> { ["y"] = trainer.Forward(x).ToArray() };
        trainer.Backward(Numbers.Values(seed + 3, steps * batch * hidden));
        ours["dx"] = trainer.InputGradient.ToArray();
        ours["dh0"] = new float[batch * hidden];
        trainer.GetInitialHiddenGradient(0, ours["dh0"]);
        foreach (ParameterInfo parameter in model.Parameters)
            ours["d_" + parameter.Name.Split('.')[1]] = Models.Gradient(trainer, parameter);

        // The final states of a run without recording.
        using StreamState state = model.CreateState(batch);
        Begin(state);
        model.Run(state, x, new float[steps * batch * hidden]);
        ours["h_n"] = Models.Hidden(state, 0);
        if (cell == Cell.Lstm)
        {
            ours["c_n"] = Models.CellOf(state, 0);
            ours["dc0"] = new float[batch * hidden];
            trainer.GetInitialCellGradient(0, ours["dc0"]);
        }

        Assert.That(ours.Keys, Is.EquivalentTo(golden.Expected));
        double worst = ours.Max(tensor => golden.Compare(tensor.Key, tensor.Value));
        TestContext.Out.WriteLine($"needed {worst:P0} of what is allowed");

        void Begin(StreamState begin)
        {
            begin.SetHidden(0, Numbers.Values(seed + 1, batch * hidden, 0.5f));
            if (cell == Cell.Lstm) begin.SetCell(0, Numbers.Values(seed + 2, batch * hidden, 0.5f));
        }
    }
}
