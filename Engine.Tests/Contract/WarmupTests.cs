using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>After a warm-up nothing is left to compile, and nothing has changed.</summary>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class WarmupTests
{
    private static IEnumerable<TestCaseData> Worlds =>
        from tokens in (bool[])[false, true]
        from loss in Enum.GetValues<Loss>()
        from lastStepOnly in (bool[])[false, true]
        select new TestCaseData(tokens, loss, lastStepOnly);

    [Test]
    public void Nothing_is_compiled_in_the_calls_that_follow() =>
        Assert.That(ChildProcess.Run(Program.WarmedUpCallsCommand), Has.Length.EqualTo(17).And.All.StartsWith("0 "));

    [Test]
    public void Without_it_the_count_sees_what_is_compiled() =>
        Assert.That(ChildProcess.Run(Program.ColdCallsCommand)[0], Does.Match("^[1-9]"));

    [TestCaseSource(nameof(Worlds))]
    public void The_streams_stay_where_they_are(bool tokens, Loss loss, bool lastStepOnly)
    {
        using World world = new(tokens, loss, lastStepOnly), untouched = new(tokens, loss, lastStepOnly);
        world.State.Warmup();
        Assert.That(world.Bits(), Is.EqualTo(untouched.Bits()).AsCollection);
        Assert.That(world.GoOn(), Is.EqualTo(untouched.GoOn()).AsCollection);
    }

    [TestCaseSource(nameof(Worlds))]
    public void A_trainers_weights_optimizer_and_state_stay_as_they_are(bool tokens, Loss loss, bool lastStepOnly)
    {
        using World world = new(tokens, loss, lastStepOnly), untouched = new(tokens, loss, lastStepOnly);
        world.Trainer.Warmup();
        Assert.That(world.Bits(), Is.EqualTo(untouched.Bits()).AsCollection);
        Assert.That(world.GoOn(), Is.EqualTo(untouched.GoOn()).AsCollection);
    }

    [Test]
    public void A_stream_that_holds_no_numbers_keeps_them()
    {
        using var world = new World(tokens: false, Loss.MeanSquaredError);
        float[] spoilt = new float[World.Batch * World.Hidden];
        spoilt[1] = float.NaN;
        spoilt[2] = float.NegativeInfinity;
        world.State.SetHidden(0, spoilt);
        int[] before = Numbers.Bits(Numbers.Snapshot(world.State));
        world.State.Warmup();
        Assert.That(Numbers.Bits(Numbers.Snapshot(world.State)), Is.EqualTo(before).AsCollection);
    }

    [Test]
    public void Another_trainers_pass_is_not_disturbed()
    {
        using var world = new World(tokens: false, Loss.MeanSquaredError);
        using var other = new Trainer(world.Model, Workload.Options with { SequenceLength = World.Steps, BatchSize = World.Batch });
        other.Forward(world.Work.Inputs);
        world.Trainer.Warmup();
        Assert.That(() => other.Backward(world.Work.OutputGradient), Throws.Nothing);
    }

    [Test]
    public void Gradients_of_before_are_forgotten()
    {
        using var world = new World(tokens: false, Loss.MeanSquaredError);
        world.Trainer.Forward(world.Work.Inputs);
        world.Trainer.Warmup();
        Assert.That(() => world.Trainer.Backward(world.Work.OutputGradient), Throws.InvalidOperationException);
        Assert.That(() => world.Trainer.GetGradient("linear.bias", new float[World.Outputs]), Throws.InvalidOperationException);
    }

    [Test]
    public void Where_no_class_counts_there_is_nothing_to_train()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Rnn(2).Linear(2));
        using var trainer = new Trainer(model, new() { SequenceLength = 2, BatchSize = 1, Loss = Loss.CrossEntropy, IgnoreIndex = 0 });
        Assert.That(trainer.Warmup, Throws.Nothing);
    }
}
