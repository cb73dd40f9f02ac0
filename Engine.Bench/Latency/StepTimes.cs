using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Bench.Peers;

namespace Engine.Bench.Latency;

/// <summary>Times single calls, one by one, into an array made before.</summary>
internal sealed class StepTimes(int steps)
{
    private const int WarmUpCalls = 20_000;
    private const int Bursts = 4;
    private const int PauseMilliseconds = 150;

    private readonly long[] _ticks = new long[steps];

    /// <summary>Lets the JIT finish with whatever is written in C# around an engine.</summary>
    public static void WarmUp(Runner runner)
    {
        for (int i = 0; i < Bursts; i++)
        {
            runner.Measure(WarmUpCalls / Bursts);
            Thread.Sleep(PauseMilliseconds);
        }
    }

    /// <summary>Microseconds of single calls.</summary>
    public Percentiles Measure(Runner runner)
    {
        Time(runner, _ticks);
        return Percentiles.Of(_ticks, 1e6 / Stopwatch.Frequency);
    }

    /// <summary>Microseconds of single calls, each after what could be done before it.</summary>
    public Percentiles MeasurePrepared(Runner runner)
    {
        TimePrepared(runner, _ticks);
        return Percentiles.Of(_ticks, 1e6 / Stopwatch.Frequency);
    }

    /// <summary>The same without the call: the clock's own cost, and how quiet the machine is.</summary>
    public Percentiles MeasureNothing()
    {
        TimeNothing(_ticks);
        return Percentiles.Of(_ticks, 1e6 / Stopwatch.Frequency);
    }

    // From the end of one call to the end of the next: a pause that falls between two calls would be lost otherwise, and the collector's mostly do.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Time(Runner runner, long[] ticks)
    {
        long before = Stopwatch.GetTimestamp();
        for (int i = 0; i < ticks.Length; i++)
        {
            runner.Run();
            long now = Stopwatch.GetTimestamp();
            ticks[i] = now - before;
            before = now;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TimePrepared(Runner runner, long[] ticks)
    {
        for (int i = 0; i < ticks.Length; i++)
        {
            runner.BeforeInput();
            long before = Stopwatch.GetTimestamp();
            runner.Run();
            ticks[i] = Stopwatch.GetTimestamp() - before;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void TimeNothing(long[] ticks)
    {
        long before = Stopwatch.GetTimestamp();
        for (int i = 0; i < ticks.Length; i++)
        {
            long now = Stopwatch.GetTimestamp();
            ticks[i] = now - before;
            before = now;
        }
    }
}
