using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Tests.Support;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Threads;

/// <summary>Every chunk of every job is done once, whoever does it; threads sleep, wake and end.</summary>
[TestFixture]
[NonParallelizable]
internal sealed unsafe class CrewTests
{
    private const int MostChunks = 40;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    [Test]
    public void Every_chunk_of_many_tiny_jobs_is_done_once([Values(2, 3, 5)] int threads)
    {
        using Crew crew = Started(threads, CrewPolicy.Always);
        var random = new Random(threads);
        var tally = new Tally();
        var clock = Stopwatch.StartNew();
        int jobs = 0;
        for (; jobs < 100_000 || (crew.Helped < 1000 && clock.Elapsed < Deadline); jobs++)
        {
            int chunks = random.Next(1, MostChunks + 1);
            crew.Run(tally, &Count, &jobs, chunks);
            for (int i = 0; i < chunks; i++)
            {
                if (tally.Times[i] != 1 || tally.Jobs[i] != jobs)
                    Assert.Fail($"job {jobs}, chunk {i} of {chunks}: done {tally.Times[i]} times, last for job {tally.Jobs[i]}.");

                tally.Times[i] = 0;
            }
        }

        Assert.That(crew.Helped, Is.GreaterThanOrEqualTo(1000), $"chunks done by helpers in {jobs} jobs");
        Assert.That(tally.Times, Is.All.Zero);
    }

    [Test]
    public void As_many_chunks_as_a_board_holds()
    {
        using Crew crew = Started(2, CrewPolicy.Always);
        var tally = new Tally(Board.MostChunks);
        int job = 3;
        crew.Run(tally, &Count, &job, Board.MostChunks);
        Assert.That(tally.Times, Is.All.EqualTo(1));
    }

    [Test]
    public void A_second_caller_is_refused_and_the_first_is_not_disturbed()
    {
        using Crew crew = Started(2, CrewPolicy.Always);
        using var gate = new Gate();
        var first = new Thread(() => crew.Run(gate, &Enter, null, 2));
        first.Start();
        Assert.That(gate.Entered.Wait(Deadline));
        Assert.That(() => crew.Run(gate, &Enter, null, 2), Throws.InvalidOperationException.With.Message.Contains("one thread at a time"));
        gate.Open.Set();
        Assert.That(first.Join(Deadline));
        var tally = new Tally(2);
        int job = 0;
        crew.Run(tally, &Count, &job, 2);
        Assert.That(tally.Times, Is.All.EqualTo(1));
    }

    [Test]
    public void Helpers_sleep_after_a_pause_and_are_woken_by_a_job([Values(2, 3)] int threads)
    {
        using Crew crew = Started(threads, CrewPolicy.Always);
        for (int round = 0; round < 20; round++)
        {
            AwaitSleep(crew);
            long before = crew.Helped;
            RunUntilHelped(crew, before);
        }
    }

    [Test]
    public void Threads_end_when_disposed_asleep()
    {
        Crew crew = Started(3, CrewPolicy.Default);
        AwaitSleep(crew);
        crew.Dispose();
        AssertEnd(ThreadsOf(crew));
    }

    [Test]
    public void Threads_end_when_disposed_awake()
    {
        for (int round = 0; round < 20; round++)
        {
            Crew crew = Started(3, CrewPolicy.Always);
            RunUntilHelped(crew, 0);
            crew.Dispose();
            crew.Dispose();
            AssertEnd(ThreadsOf(crew));
        }
    }

    [Test]
    public void Threads_of_a_forgotten_crew_end()
    {
        Thread[] threads = Forget();
        var clock = Stopwatch.StartNew();
        while (threads.Any(thread => thread.IsAlive) && clock.Elapsed < Deadline)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            Thread.Sleep(1);
        }

        AssertEnd(threads);
    }

    [Test]
    public void Jobs_allocate_nothing_on_any_thread()
    {
        using Crew crew = Started(3, CrewPolicy.Always);
        var tally = new Tally();
        Jobs();
        CrewAllocations.AssertNone(crew, Jobs);

        void Jobs()
        {
            int job = 0;
            for (; job < 2000; job++)
            {
                while (job % 500 == 0 && !crew.Helpers[0].IsAsleep) Thread.Yield();
                crew.Run(tally, &Count, &job, 8);
            }
        }
    }

    [Test]
    public void A_caller_who_had_to_wait_goes_on_alone_for_a_while()
    {
        // A while so long that a busy machine does not get past it between two lines.
        TimeSpan pause = TimeSpan.FromMilliseconds(300);
        using Crew crew = Started(2, CrewPolicy.Default with { Pause = pause });
        var slow = new SlowHelp(Environment.CurrentManagedThreadId);
        var clock = Stopwatch.StartNew();
        long helped;
        bool alone;
        do
        {
            // Where the system takes the caller off its core meanwhile, it need not wait for the slow helper.
            int before = slow.Times;
            while (slow.Times == before && clock.Elapsed < Deadline) crew.Run(slow, &Dawdle, null, 200);
            Assert.That(slow.Times, Is.GreaterThan(before), "chunks of the slow helper");

            helped = crew.Helped;
            for (int i = 0; i < 5; i++) crew.Run(slow, &Dawdle, null, 200);
            alone = crew.Helped == helped;
        }
        while (!alone && clock.Elapsed < Deadline);

        Assert.That(alone, "five jobs without help");
        Thread.Sleep(2 * pause);
        clock.Restart();
        while (crew.Helped == helped && clock.Elapsed < Deadline) crew.Run(slow, &Dawdle, null, 200);
        Assert.That(crew.Helped, Is.GreaterThan(helped), "it asks again later");
    }

    [Test]
    public void Helpers_that_are_always_asleep_when_a_job_comes_are_left_asleep()
    {
        using Crew crew = Started(2, CrewPolicy.Default);
        int job = 0;
        int woken = 0;
        for (int i = 0; i < 40; i++)
        {
            AwaitSleep(crew);
            crew.Run(new Tally(), &Count, &job, 2);
            if (!crew.Helpers[0].IsAsleep) woken++;
        }

        Assert.That(woken, Is.InRange(1, 20));
    }

    private static void Count(object? target, void* job, int chunk)
    {
        var tally = (Tally)target!;
        tally.Times[chunk]++;
        tally.Jobs[chunk] = *(int*)job;
    }

    private static void Enter(object? target, void* job, int chunk)
    {
        var gate = (Gate)target!;
        gate.Entered.Set();
        gate.Open.Wait(Deadline);
    }

    private static void Dawdle(object? target, void* job, int chunk) => ((SlowHelp)target!).Do();

    private static Crew Started(int threads, CrewPolicy policy)
    {
        var crew = new Crew(threads, policy);
        crew.Start();
        return crew;
    }

    private static Thread[] ThreadsOf(Crew crew) => [.. crew.Helpers.ToArray().Select(helper => helper.Thread)];

    private static void RunUntilHelped(Crew crew, long before)
    {
        var tally = new Tally();
        var clock = Stopwatch.StartNew();
        int job = 0;
        while (crew.Helped == before && clock.Elapsed < Deadline) crew.Run(tally, &Count, &job, MostChunks);
        Assert.That(crew.Helped, Is.GreaterThan(before), "chunks done by helpers");
    }

    private static void AwaitSleep(Crew crew)
    {
        var clock = Stopwatch.StartNew();
        foreach (Helper helper in crew.Helpers)
        {
            while (!helper.IsAsleep && clock.Elapsed < Deadline) Thread.Yield();
            Assert.That(helper.IsAsleep, "asleep");
        }
    }

    private static void AssertEnd(Thread[] threads)
    {
        foreach (Thread thread in threads) Assert.That(thread.Join(Deadline), $"{thread.Name} ended");
    }

    // The job's target refers to the crew, as a state's memory does.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static Thread[] Forget()
    {
        Crew crew = Started(3, CrewPolicy.Always);
        var tally = new Tally { Crew = crew };
        int job = 0;
        for (int i = 0; i < 100; i++) crew.Run(tally, &Count, &job, MostChunks);
        return ThreadsOf(crew);
    }

    private sealed class Gate : IDisposable
    {
        public ManualResetEventSlim Entered { get; } = new();

        public ManualResetEventSlim Open { get; } = new();

        public void Dispose()
        {
            Entered.Dispose();
            Open.Dispose();
        }
    }

    private sealed class Tally(int chunks = MostChunks)
    {
        public int[] Times { get; } = new int[chunks];

        public int[] Jobs { get; } = new int[chunks];

        public Crew? Crew { get; init; }
    }

    private sealed class SlowHelp(int caller)
    {
        private int _times;

        public int Times => Volatile.Read(ref _times);

        public void Do()
        {
            if (Environment.CurrentManagedThreadId == caller)
            {
                Thread.SpinWait(10);
                return;
            }

            Interlocked.Increment(ref _times);
            Thread.Sleep(20);
        }
    }
}
