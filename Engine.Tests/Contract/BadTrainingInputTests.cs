using NUnit.Framework;
using static Engine.Tests.Contract.World;

namespace Engine.Tests.Contract;

/// <summary>The trainer refuses what it cannot use: lengths, kinds, ids, options and orders of calls. Nothing is changed.</summary>
[TestFixture]
internal sealed class BadTrainingInputTests
{
    private const int In = Steps * Batch * Features;
    private const int Out = Steps * Batch * Outputs;
    private const int Rows = Steps * Batch;
    private const int Ignored = -100;

    private static readonly int[] Ids = [1, 2, 3, 4, 5, 6];
    private static readonly int[] Classes = [0, 1, 2, 3, 0, Ignored];

    private static IEnumerable<BadCall> Calls =>
    [
        Squared<ArgumentException>("short inputs", w => w.Trainer.Step(new float[In - 1], new float[Out]), "inputs has 17", "18"),
        Squared<ArgumentException>("long inputs", w => w.Trainer.Step(new float[In + 1], new float[Out]), "inputs has 19", "18"),
        Squared<ArgumentException>("short targets", w => w.Trainer.Step(new float[In], new float[Out - 1]), "targets has 23", "24"),
        Squared<ArgumentException>("no targets", w => w.Trainer.Step(new float[In], default(ReadOnlySpan<float>)), "targets has 0", "24"),
        Squared<ArgumentException>("classes for targets", w => w.Trainer.Step(new float[In], Classes), "class ids", "MeanSquaredError"),
        Squared<ArgumentException>("ids for numbers", w => w.Trainer.Step(Ids, new float[Out]), "token ids", "3 numeric features"),
        Squared<ArgumentException>("ids and classes", w => w.Trainer.Step(Ids, Classes), "class ids", "MeanSquaredError"),
        Squared<ArgumentException>("evaluate: short inputs", w => w.Trainer.Evaluate(new float[1], new float[Out]), "inputs has 1", "18"),
        Squared<ArgumentException>("evaluate: short targets", w => w.Trainer.Evaluate(new float[In], new float[1]), "targets has 1", "24"),
        Squared<ArgumentException>("evaluate: classes for targets", w => w.Trainer.Evaluate(new float[In], Classes), "class ids"),
        Squared<ArgumentException>("evaluate: ids for numbers", w => w.Trainer.Evaluate(Ids, new float[Out]), "token ids"),
        Squared<ArgumentException>("forward: short inputs", w => w.Trainer.Forward(new float[In - 1]), "inputs has 17", "18"),
        Squared<ArgumentException>("forward: ids for numbers", w => w.Trainer.Forward(Ids), "token ids"),
        Squared<InvalidOperationException>("backward without forward", w => w.Trainer.Backward(new float[Out]), "Backward", "forward"),
        Squared<InvalidOperationException>("backward after an evaluation", BackwardAfterEvaluation, "Backward", "forward"),
        Squared<InvalidOperationException>("backward twice", BackwardTwice, "Backward", "forward"),
        Squared<ArgumentException>("backward: wrong length", BackwardWithWrongLength, "outputGradient has 23", "24"),
        Squared<InvalidOperationException>("update without backward", w => w.Trainer.Update(), "Update", "backward"),
        Squared<InvalidOperationException>("update after forward", UpdateAfterForward, "Update", "backward"),
        Squared<InvalidOperationException>("gradient without backward", GradientAfterForward, "GetGradient", "backward"),
        Squared<InvalidOperationException>(
            "gradient of the hidden state without backward", HiddenGradientAfterForward, "GetInitialHiddenGradient"),
        Entropy<ArgumentException>("numbers for ids", w => w.Trainer.Step(new float[Rows], Classes), "numbers came", "token ids"),
        Entropy<ArgumentException>("targets for classes", w => w.Trainer.Step(Ids, new float[Out]), "numeric targets", "CrossEntropy"),
        Entropy<ArgumentException>("an id too few", w => w.Trainer.Step(Ids.AsSpan(1), Classes), "tokens has 5", "6"),
        Entropy<ArgumentException>("negative id", w => w.Trainer.Step([1, 2, -3, 4, 5, 6], Classes), "-3", "index 2", "0 to 10"),
        Entropy<ArgumentException>(
            "id = vocabulary", w => w.Trainer.Step([1, 2, 3, 4, 5, Vocabulary], Classes), "11", "index 5", "0 to 10"),
        Entropy<ArgumentException>("a class too few", w => w.Trainer.Step(Ids, Classes.AsSpan(1)), "classes has 5", "6"),
        Entropy<ArgumentException>("class = outputs", w => w.Trainer.Step(Ids, [0, 1, 2, 3, Outputs, 1]), "4", "index 4", "0 to 3"),
        Entropy<ArgumentException>("negative class", w => w.Trainer.Step(Ids, [-1, 1, 2, 3, 0, 1]), "-1", "index 0", "-100"),
        Entropy<ArgumentException>("all ignored", w => w.Trainer.Step(Ids, AllIgnored()), "ignore index -100", "at least one"),
        Entropy<ArgumentException>("evaluate: all ignored", w => w.Trainer.Evaluate(Ids, AllIgnored()), "ignore index -100"),
        Entropy<ArgumentException>("evaluate: bad id", w => w.Trainer.Evaluate([-1, 2, 3, 4, 5, 6], Classes), "-1", "index 0"),
        Entropy<ArgumentException>("forward: bad id", w => w.Trainer.Forward([1, 2, 3, 4, 5, int.MinValue]), "-2147483648", "index 5"),
        Entropy<ArgumentException>("forward: numbers for ids", w => w.Trainer.Forward(new float[Rows]), "numbers came"),
        LastStep<ArgumentException>(
            "targets of all steps", w => w.Trainer.Step(new float[In], new float[Out]), "targets has 24", "8", "last step"),
        LastStep<ArgumentException>(
            "answers of all steps", w => w.Model.Run(w.State, new float[In], new float[Out]), "y has 24", "8", "last step"),
    ];

    [TestCaseSource(nameof(Calls))]
    public void Is_refused(BadCall bad) => bad.AssertRefused();

    [Test]
    public void Classes_of_one_output_are_refused()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Gru(2).Linear(1));
        Assert.That(
            () => new Trainer(model, new() { SequenceLength = 2, BatchSize = 1, Loss = Loss.CrossEntropy }),
            Throws.ArgumentException.With.Message.Contains("the model has one output").And.Message.Contains("at least 2"));
    }

    [Test]
    public void Weights_changed_between_forward_and_backward_are_refused()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(3).Linear(1));
        using var trainer = new Trainer(model, new() { SequenceLength = 1, BatchSize = 1 });
        trainer.Forward([1f]);
        model.SetParameter("linear.bias", [1f]);
        Assert.That(() => trainer.Backward([1f]), Throws.InvalidOperationException.With.Message.Contains("weights have changed"));
        trainer.Forward([1f]);
        Assert.That(() => trainer.Backward([1f]), Throws.Nothing);
    }

    [Test]
    public void An_evaluation_leaves_the_gradients_readable_and_a_forward_pass_does_not()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(3).Linear(1));
        using var trainer = new Trainer(model, new() { SequenceLength = 1, BatchSize = 1 });
        trainer.Step([1f], [0.5f]);
        float[] gradient = new float[1];
        float[] again = new float[1];
        trainer.GetGradient("linear.bias", gradient);
        trainer.Evaluate([2f], [0f]);
        trainer.GetGradient("linear.bias", again);
        Assert.That(again, Is.EqualTo(gradient).AsCollection);
        trainer.Forward([1f]);
        Assert.That(() => trainer.GetGradient("linear.bias", again), Throws.InvalidOperationException);
    }

    [Test]
    public void Update_twice_is_refused_and_updates_once()
    {
        using World world = NewSquared(), untouched = NewSquared();
        foreach (World each in (World[])[world, untouched]) each.Work.TrainInPieces();
        int[] before = world.Bits();
        BadCall.AssertThrows(() => world.Trainer.Update(), typeof(InvalidOperationException), "Update", "backward");
        Assert.That(world.Bits(), Is.EqualTo(before).AsCollection);
        Assert.That(world.GoOn(), Is.EqualTo(untouched.GoOn()).AsCollection);
    }

    [Test]
    public void A_refused_call_leaves_a_recorded_pass_usable()
    {
        using World world = NewSquared(), untouched = NewSquared();
        foreach (World each in (World[])[world, untouched]) each.Trainer.Forward(each.Work.Inputs);
        BadCall.AssertThrows(() => world.Trainer.Forward(new float[1]), typeof(ArgumentException), "inputs has 1");
        BadCall.AssertThrows(() => world.Trainer.Backward(new float[1]), typeof(ArgumentException), "outputGradient has 1");
        foreach (World each in (World[])[world, untouched])
        {
            each.Trainer.Backward(each.Work.OutputGradient);
            each.Trainer.Update();
        }

        Assert.That(world.GoOn(), Is.EqualTo(untouched.GoOn()).AsCollection);
    }

    private static BadCall Squared<TException>(string name, Action<World> call, params string[] words)
        where TException : Exception => BadCall.Of<TException>(name, NewSquared, call, words);

    private static BadCall Entropy<TException>(string name, Action<World> call, params string[] words)
        where TException : Exception =>
        BadCall.Of<TException>("tokens, " + name, static () => new World(tokens: true, Loss.CrossEntropy), call, words);

    private static BadCall LastStep<TException>(string name, Action<World> call, params string[] words)
        where TException : Exception =>
        BadCall.Of<TException>(
            "last step, " + name, static () => new World(tokens: false, Loss.MeanSquaredError, lastStepOnly: true), call, words);

    private static World NewSquared() => new(tokens: false, Loss.MeanSquaredError);

    private static int[] AllIgnored() => [.. Enumerable.Repeat(Ignored, Rows)];

    private static void BackwardAfterEvaluation(World world)
    {
        world.Work.Evaluate();
        world.Trainer.Backward(new float[Out]);
    }

    private static void BackwardTwice(World world)
    {
        world.Trainer.Forward(world.Work.Inputs);
        world.Trainer.Backward(world.Work.OutputGradient);
        world.Trainer.Backward(world.Work.OutputGradient);
    }

    private static void BackwardWithWrongLength(World world)
    {
        world.Trainer.Forward(world.Work.Inputs);
        world.Trainer.Backward(new float[Out - 1]);
    }

    private static void UpdateAfterForward(World world)
    {
        world.Trainer.Forward(world.Work.Inputs);
        world.Trainer.Update();
    }

    private static void GradientAfterForward(World world)
    {
        world.Trainer.Forward(world.Work.Inputs);
        world.Trainer.GetGradient("linear.bias", world.Y.AsSpan(0, Outputs));
    }

    private static void HiddenGradientAfterForward(World world)
    {
        world.Trainer.Forward(world.Work.Inputs);
        world.Trainer.GetInitialHiddenGradient(0, world.Y.AsSpan(0, Batch * Hidden));
    }
}
