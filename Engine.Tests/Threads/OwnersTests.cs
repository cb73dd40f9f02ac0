using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Tests.Support;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Threads;

/// <summary>States and trainers with threads of their own: what they refuse, allocate and leave behind.</summary>
[TestFixture]
[NonParallelizable]
internal sealed class OwnersTests
{
    private const int Features = 5;
    private const int Steps = 6;

    private static readonly ModelSpec Spec = ModelSpec.Input(Features).Lstm(40).Gru(33).Rnn(20).Linear(3);
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Test]
    public void Numbers_of_threads_out_of_range_are_refused([Values(int.MinValue, -1, 0, 65)] int threads)
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        Assert.That(
            () => model.CreateState(1, threads),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith($"threads is {threads}; expected 1 (the caller alone) to 64."));
        Assert.That(
            () => new Trainer(model, new TrainerOptions { SequenceLength = 1, BatchSize = 1, Threads = threads }),
            Throws.TypeOf<ArgumentOutOfRangeException>().With.Message.StartsWith($"Threads is {threads}; expected 1 (the caller alone) to 64."));
    }

    [Test]
    public void A_state_tells_its_threads([Values(1, 2, 64)] int threads)
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        using StreamState state = model.CreateState(1, threads);
        Assert.That(state.Threads, Is.EqualTo(threads));
        Assert.That(state.Crew is null, Is.EqualTo(threads == 1));
    }

    [Test]
    public void Running_allocates_nothing_on_any_thread([Values(1, 3, 32)] int batch, [Values(2, 3)] int threads)
    {
        using SequenceModel model = Models.Create(Spec, 5);
        using StreamState state = model.CreateState(batch, threads, CrewPolicy.Always);
        float[] x = Numbers.Values(6, Steps * batch * Features);
        float[] y = new float[Steps * batch * 3];
        AssertAllocatesNothing(state.Crew, () => model.Step(state, x.AsSpan(0, batch * Features), y.AsSpan(0, batch * 3)));
        AssertAllocatesNothing(state.Crew, () => model.Run(state, x, y));
    }

    [Test]
    public void Training_allocates_nothing_on_any_thread([Values(1, 3, 32)] int batch, [Values(2, 3)] int threads)
    {
        using SequenceModel model = Models.Create(Spec, 5);
        using var trainer = new Trainer(model, Options(batch, threads), CrewPolicy.Always);
        float[] x = Numbers.Values(6, Steps * batch * Features);
        float[] targets = Numbers.Values(7, Steps * batch * 3);
        AssertAllocatesNothing(trainer.Crew, () => trainer.Step(x, targets));
    }

    [Test]
    public void Threads_end_with_the_state_and_the_trainer()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        StreamState state = model.CreateState(1, 3);
        var trainer = new Trainer(model, Options(batch: 1, threads: 3));
        Thread[] threads = [.. ThreadsOf(state.Crew!), .. ThreadsOf(trainer.Crew!)];
        Assert.That(threads, Has.Length.EqualTo(4));
        Assert.That(threads.Select(thread => thread.IsAlive), Is.All.True);
        state.Dispose();
        trainer.Dispose();
        foreach (Thread thread in threads) Assert.That(thread.Join(Deadline), Is.True);
    }

    [Test]
    public void A_construction_that_fails_leaves_no_threads()
    {
        const int Threads = 32;
        const int Large = 1 << 20;
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(1024), initialization: Initialization.PyTorch);
        int before = ThreadsOfProcess();
        for (int i = 0; i < 2; i++)
        {
            Assert.That(() => model.CreateState(Large, Threads), Throws.InstanceOf<ArgumentException>());
            Assert.That(() => new Trainer(model, new() { SequenceLength = Large, BatchSize = 1, Threads = Threads }), Throws.ArgumentException);
        }

        Assert.That(ThreadsOfProcess() - before, Is.LessThan(Threads - 1));
    }

    [Test]
    public void Threads_end_when_the_state_and_the_trainer_are_forgotten()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        Thread[] threads = Forget(model);
        var clock = Stopwatch.StartNew();
        while (threads.Any(thread => thread.IsAlive) && clock.Elapsed < Deadline)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(1);
        }

        Assert.That(threads.Select(thread => thread.IsAlive), Is.All.False);
    }

    [Test]
    public void Pauses_in_which_the_threads_fall_asleep_change_nothing([Values(1, 32)] int batch)
    {
        using SequenceModel model = Models.Create(Spec, 5);
        using StreamState shared = model.CreateState(batch, 2, CrewPolicy.Always);
        using StreamState alone = model.CreateState(batch);
        float[] x = Numbers.Values(6, batch * Features);
        float[] y = new float[batch * 3];
        float[] expected = new float[batch * 3];
        for (int i = 0; i < 30; i++)
        {
            model.Step(shared, x, y);
            model.Step(alone, x, expected);
            Bits.AreEqual(y, expected, $"step {i}");
            Thread.Sleep(i % 3);
        }
    }

    private static TrainerOptions Options(int batch, int threads) =>
        new() { SequenceLength = Steps, BatchSize = batch, Threads = threads, InputGradient = true, CarryState = true, ClipNorm = 1 };

    private static int ThreadsOfProcess()
    {
        using var process = Process.GetCurrentProcess();
        return process.Threads.Count;
    }

    private static Thread[] ThreadsOf(Crew crew) => [.. crew.Helpers.ToArray().Select(helper => helper.Thread)];

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Thread[] Forget(SequenceModel model)
    {
        StreamState state = model.CreateState(32, 3, CrewPolicy.Always);
        var trainer = new Trainer(model, Options(batch: 32, threads: 3), CrewPolicy.Always);
        for (int i = 0; i < 20; i++)
        {
            model.Run(state, new float[Steps * 32 * Features], new float[Steps * 32 * 3]);
            trainer.Step(new float[Steps * 32 * Features], new float[Steps * 32 * 3]);
        }

        return [.. ThreadsOf(state.Crew!), .. ThreadsOf(trainer.Crew!)];
    }

    private static void AssertAllocatesNothing(Crew? crew, Action action)
    {
        // Often enough that every helper takes a part.
        Action often = () =>
        {
            for (int i = 0; i < 20; i++) action();
        };
        often();
        CrewAllocations.AssertNone(crew!, often);
    }
}
