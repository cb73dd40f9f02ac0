using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Interop;

/// <summary>Training that goes on in another trainer, from files, has the bits of training without a break.</summary>
public class OptimizerFileTests : FileTests
{
    private const int T = 6;
    private const int B = 3;

    private static readonly ModelSpec Small = ModelSpec.Input(2).Lstm(5).Gru(3).Linear(1);

    private string Optimizer => PathOf("optimizer.safetensors");

    [Test]
    public void Training_goes_on_to_the_bit()
    {
        using SequenceModel whole = SequenceModel.Create(Small, seed: 3), first = SequenceModel.Create(Small, seed: 3);
        using Trainer through = TrainerOf(whole), before = TrainerOf(first);
        Train(through, 0, 9);
        through.LearningRate = 0.003;
        Train(through, 9, 16);

        Train(before, 0, 9);
        before.LearningRate = 0.003;
        before.SaveOptimizer(Optimizer);
        before.State.Save(PathOf("state.safetensors"));
        first.Save(PathOf("model.safetensors"));

        using SequenceModel second = SequenceModel.Load(PathOf("model.safetensors"));
        using Trainer after = TrainerOf(second);
        after.RestoreOptimizer(Optimizer);
        after.State.Restore(PathOf("state.safetensors"));
        Assert.That((after.Steps, after.LearningRate), Is.EqualTo((9L, 0.003)));
        Train(after, 9, 16);

        Assert.That(Bits(second.Weights.Span.ToArray()), Is.EqualTo(Bits(whole.Weights.Span.ToArray())));
        Assert.That(after.Steps, Is.EqualTo(through.Steps));
        after.SaveOptimizer(PathOf("after.safetensors"));
        through.SaveOptimizer(PathOf("through.safetensors"));
        Assert.That(File.ReadAllBytes(PathOf("after.safetensors")), Is.EqualTo(File.ReadAllBytes(PathOf("through.safetensors"))));
    }

    [Test]
    public void Tensors_have_PyTorchs_words()
    {
        using SequenceModel model = SequenceModel.Create(Small);
        using Trainer trainer = TrainerOf(model);
        Train(trainer, 0, 1);
        trainer.SaveOptimizer(Optimizer);
        using SafetensorsFile file = SafetensorsFile.Read(Optimizer);
        Assert.That(file.Names, Is.EquivalentTo(model.Parameters.SelectMany(parameter => (string[])[parameter.Name + ".exp_avg", parameter.Name + ".exp_avg_sq"])));
        Assert.That(file.ShapeOf("lstm.weight_ih_l0.exp_avg_sq"), Is.EqualTo(new[] { 20, 2 }));

        // After one step m = (1 − β₁)·g and v = (1 − β₂)·g².
        float[] g = new float[1];
        trainer.GetGradient("linear.bias", g);
        Assert.That(file.ReadSingles("linear.bias.exp_avg")[0], Is.EqualTo(0.1f * g[0]).Within(1e-6f * MathF.Abs(g[0])));
        Assert.That(file.ReadSingles("linear.bias.exp_avg_sq")[0], Is.EqualTo(0.001f * g[0] * g[0]).Within(1e-6f * g[0] * g[0]));
    }

    [TestCase("steps", "-1", "engine.adam.steps is \"-1\"; expected a number of updates")]
    [TestCase("learning_rate", "0", "engine.adam.learning_rate is \"0\"; expected a learning rate above 0, at most 1e20")]
    [TestCase("learning_rate", "1e-60", "engine.adam.learning_rate is \"1e-60\"")]
    [TestCase("learning_rate", "NaN", "engine.adam.learning_rate is \"NaN\"")]
    public void Metadata_that_is_no_number_is_refused(string key, string value, string message)
    {
        var metadata = new Dictionary<string, string> { ["engine.adam.steps"] = "3", ["engine.adam.learning_rate"] = "0.01" };
        metadata["engine.adam." + key] = value;
        using SequenceModel model = SequenceModel.Create(Small);
        AssertRefused(model, metadata, Tensors(model), message);
    }

    [Test]
    public void Tensors_that_do_not_fit_are_refused()
    {
        var metadata = new Dictionary<string, string> { ["engine.adam.steps"] = "3", ["engine.adam.learning_rate"] = "0.01" };
        using SequenceModel model = SequenceModel.Create(Small);
        AssertRefused(model, [], Tensors(model), "has no engine.adam.steps");
        AssertRefused(model, metadata, Tensors(model)[1..], "\"lstm.weight_ih_l0.exp_avg\" is missing");
        AssertRefused(model, metadata, [.. Tensors(model)[..^1], ("linear.bias.exp_avg_sq", [2])], "has shape [2]; expected [1]");
        AssertRefused(model, metadata, [.. Tensors(model), ("more", [1])], "unexpected tensor \"more\"");
        using SequenceModel other = SequenceModel.Create(ModelSpec.Input(2).Lstm(5).Gru(3));
        AssertRefused(other, metadata, Tensors(model), "unexpected tensor \"linear.weight.exp_avg\"");
    }

    [Test]
    public void A_mean_square_below_0_is_refused()
    {
        using SequenceModel model = SequenceModel.Create(Small);
        var metadata = new Dictionary<string, string> { ["engine.adam.steps"] = "3", ["engine.adam.learning_rate"] = "0.01" };
        ParameterInfo[] tensors = [.. Tensors(model).Select(tensor => new ParameterInfo(tensor.Name, tensor.Shape))];
        SafetensorsWriter.Write(Optimizer, metadata, tensors, (i, values) => values.Fill(i == tensors.Length - 1 ? -1 : 1));
        AssertRefused(model, "\"linear.bias.exp_avg_sq\" holds -1 at index 0; expected mean squares, none below 0");
    }

    private void AssertRefused(SequenceModel model, Dictionary<string, string> metadata, (string, int[])[] tensors, string message)
    {
        RawFile.Write(Optimizer, metadata, tensors);
        AssertRefused(model, message);
    }

    // And nothing changed: it goes on as one that never met the file.
    private void AssertRefused(SequenceModel model, string message)
    {
        using SequenceModel untouched = SequenceModel.Create(model.Spec);
        using Trainer trainer = TrainerOf(model), other = TrainerOf(untouched);
        Assert.That(
            () => trainer.RestoreOptimizer(Optimizer),
            Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(Optimizer).And.Message.Contains(message));
        Assert.That((trainer.Steps, trainer.LearningRate), Is.EqualTo((0L, 0.01)));
        trainer.SaveOptimizer(PathOf("a"));
        other.SaveOptimizer(PathOf("b"));
        Assert.That(File.ReadAllBytes(PathOf("a")), Is.EqualTo(File.ReadAllBytes(PathOf("b"))));
    }

    private static (string Name, int[] Shape)[] Tensors(SequenceModel model) =>
    [
        .. model.Parameters.Select(parameter => (parameter.Name + ".exp_avg", parameter.Shape.ToArray())),
        .. model.Parameters.Select(parameter => (parameter.Name + ".exp_avg_sq", parameter.Shape.ToArray())),
    ];

    private static Trainer TrainerOf(SequenceModel model) =>
        new(model, new() { SequenceLength = T, BatchSize = B, ClipNorm = 1, CarryState = true, Optimizer = new() { LearningRate = 0.01 } });

    private static void Train(Trainer trainer, int from, int to)
    {
        for (int step = from; step < to; step++)
            trainer.Step([.. Inputs(T * B * 2).Select(x => x * (step + 1))], [.. Inputs(T * B).Select(x => x - (0.1f * step))]);
    }
}
