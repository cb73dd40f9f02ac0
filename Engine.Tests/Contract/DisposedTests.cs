using NUnit.Framework;
using static Engine.Tests.Contract.World;

namespace Engine.Tests.Contract;

/// <summary>What is disposed refuses every further call and leaves the rest usable.</summary>
[TestFixture]
internal sealed class DisposedTests
{
    private static readonly float[] X = new float[Batch * Features];
    private static readonly float[] Sequence = new float[Steps * Batch * Features];

    private static IEnumerable<BadCall> Calls =>
    [
        Disposed(
            "model.Step", w => w.Model.Dispose(), w => w.Model.Step(w.State, X, w.Y.AsSpan(0, Batch * Outputs)), nameof(SequenceModel)),
        Disposed("model.Run", w => w.Model.Dispose(), w => w.Model.Run(w.State, Sequence, w.Y), nameof(SequenceModel)),
        Disposed("model.CreateState", w => w.Model.Dispose(), w => w.Model.CreateState(), nameof(SequenceModel)),
        Disposed("model.GetParameter", w => w.Model.Dispose(), w => w.Model.GetParameter("linear.bias", w.Y), nameof(SequenceModel)),
        Disposed("model.SetParameter", w => w.Model.Dispose(), w => w.Model.SetParameter("linear.bias", w.Y), nameof(SequenceModel)),
        Disposed("new Trainer", w => w.Model.Dispose(), w => _ = new Trainer(w.Model, Workload.Options), nameof(SequenceModel)),
        Disposed("pool.Get", w => w.Model.Dispose(), w => new StreamStatePool(w.Model).Get(), nameof(SequenceModel)),
        Disposed("trainer.Step of a disposed model", w => w.Model.Dispose(), w => w.Work.Train(), nameof(SequenceModel)),
        Disposed("trainer.Forward of a disposed model", w => w.Model.Dispose(), w => w.Work.TrainInPieces(), nameof(SequenceModel)),
        Disposed("state.Reset", w => w.State.Dispose(), w => w.State.Reset(), nameof(StreamState)),
        Disposed("state.Warmup", w => w.State.Dispose(), w => w.State.Warmup(), nameof(StreamState)),
        Disposed("state.ResetRow", w => w.State.Dispose(), w => w.State.ResetRow(0), nameof(StreamState)),
        Disposed("state.Save", w => w.State.Dispose(), w => w.State.Save(new float[w.State.SnapshotLength]), nameof(StreamState)),
        Disposed("state.Save to a file", w => w.State.Dispose(), w => w.State.Save("never-written"), nameof(StreamState)),
        Disposed("state.Restore", w => w.State.Dispose(), w => w.State.Restore(new float[w.State.SnapshotLength]), nameof(StreamState)),
        Disposed("state.Restore from a file", w => w.State.Dispose(), w => w.State.Restore("never-read"), nameof(StreamState)),
        Disposed("state.CopyTo", w => w.State.Dispose(), w => w.State.CopyTo(w.Model.CreateState(Batch)), nameof(StreamState)),
        Disposed("state.GetHidden", w => w.State.Dispose(), w => w.State.GetHidden(0, new float[10]), nameof(StreamState)),
        Disposed("state.SetHidden", w => w.State.Dispose(), w => w.State.SetHidden(0, new float[10]), nameof(StreamState)),
        Disposed("state.GetCell", w => w.State.Dispose(), w => w.State.GetCell(0, new float[10]), nameof(StreamState)),
        Disposed("state.SetCell", w => w.State.Dispose(), w => w.State.SetCell(0, new float[10]), nameof(StreamState)),
        Disposed("trainer.Step", w => w.Trainer.Dispose(), w => w.Work.Train(), nameof(Trainer)),
        Disposed("trainer.Warmup", w => w.Trainer.Dispose(), w => w.Trainer.Warmup(), nameof(Trainer)),
        Disposed("trainer.Evaluate", w => w.Trainer.Dispose(), w => w.Work.Evaluate(), nameof(Trainer)),
        Disposed("trainer.Forward", w => w.Trainer.Dispose(), w => w.Trainer.Forward(Sequence), nameof(Trainer)),
        Disposed("trainer.Backward", DisposeAfterForward, w => w.Trainer.Backward(w.Work.OutputGradient), nameof(Trainer)),
        Disposed("trainer.Update", w => w.Trainer.Dispose(), w => w.Trainer.Update(), nameof(Trainer)),
        Disposed("trainer.GetGradient", w => w.Trainer.Dispose(), w => w.Trainer.GetGradient("linear.bias", w.Y), nameof(Trainer)),
        Disposed("trainer.SaveOptimizer", w => w.Trainer.Dispose(), w => w.Trainer.SaveOptimizer("never-written"), nameof(Trainer)),
        Disposed("trainer.RestoreOptimizer", w => w.Trainer.Dispose(), w => w.Trainer.RestoreOptimizer("never-read"), nameof(Trainer)),
        Disposed("trainer.State", w => w.Trainer.Dispose(), w => w.Trainer.State.Reset(), nameof(StreamState)),
    ];

    [TestCaseSource(nameof(Calls))]
    public void Refuses_further_use(BadCall bad)
    {
        using World world = bad.Make();
        BadCall.AssertThrows(() => bad.Call(world), bad.Expected, bad.Words);
    }

    [Test]
    public void Disposing_twice_is_allowed()
    {
        using var world = new World(tokens: false, Loss.MeanSquaredError);
        world.Dispose();
        Assert.That(world.Dispose, Throws.Nothing);
    }

    [Test]
    public void A_disposed_trainer_leaves_the_model_and_other_trainers_alone()
    {
        using World world = new(tokens: false, Loss.MeanSquaredError), untouched = new(tokens: false, Loss.MeanSquaredError);
        new Trainer(world.Model, Workload.Options).Dispose();
        Assert.That(world.GoOn(), Is.EqualTo(untouched.GoOn()).AsCollection);
    }

    private static BadCall Disposed(string name, Action<World> dispose, Action<World> call, string what) =>
        BadCall.Of<ObjectDisposedException>(name, () => MakeDisposed(dispose), call, what);

    private static World MakeDisposed(Action<World> dispose)
    {
        var world = new World(tokens: false, Loss.MeanSquaredError);
        dispose(world);
        return world;
    }

    private static void DisposeAfterForward(World world)
    {
        world.Trainer.Forward(Sequence);
        world.Trainer.Dispose();
    }
}
