using System.Diagnostics;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Support;

/// <summary>
/// What every thread of a crew allocates, itself and no other: the test host has threads of its own, which allocate by the clock.
/// </summary>
internal static unsafe class CrewAllocations
{
    private const int Rounds = 10;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    /// <summary>Fails if a thread of <paramref name="crew"/> allocates in <paramref name="action"/>, which was run before.</summary>
    public static void AssertNone(Crew crew, Action action)
    {
        // The runtime counts something itself now and then, so the least of several tries is what the action allocates.
        Meet(crew);
        long caller = long.MaxValue;
        long helpers = long.MaxValue;
        for (int round = 0; round < Rounds && (caller > 0 || helpers > 0); round++)
        {
            Meeting before = Meet(crew);
            action();
            Meeting after = Meet(crew);
            caller = Math.Min(caller, after.Caller - before.Caller);
            helpers = Math.Min(helpers, after.Helpers - before.Helpers);
        }

        Assert.That(caller, Is.Zero, "bytes by the caller");
        Assert.That(helpers, Is.Zero, "bytes by the helpers");
    }

    // A chunk for each thread, and none is left before all have come: so each does one.
    private static Meeting Meet(Crew crew)
    {
        var meeting = new Meeting { Threads = crew.Threads, CallerId = Environment.CurrentManagedThreadId, Began = Stopwatch.GetTimestamp() };
        crew.Run(null, &Come, &meeting, crew.Threads);
        if (meeting.Came != crew.Threads) Assert.Fail($"{meeting.Came} threads came; expected {crew.Threads}.");
        return meeting;
    }

    private static void Come(object? target, void* work, int chunk)
    {
        ref Meeting meeting = ref *(Meeting*)work;
        long bytes = GC.GetAllocatedBytesForCurrentThread();
        if (Environment.CurrentManagedThreadId == meeting.CallerId) meeting.Caller = bytes;
        else Interlocked.Add(ref meeting.Helpers, bytes);
        Interlocked.Increment(ref meeting.Came);
        while (Volatile.Read(ref meeting.Came) < meeting.Threads && Stopwatch.GetElapsedTime(meeting.Began) < Deadline) Thread.Yield();
    }

    private struct Meeting
    {
        public int Threads;
        public int CallerId;
        public long Began;
        public int Came;
        public long Caller;
        public long Helpers;
    }
}
