using System.Diagnostics;

namespace Engine.Demo.Shell;

/// <summary>How long single streaming steps take, and what they allocate.</summary>
/// <param name="P50">Median, in microseconds.</param>
/// <param name="P99">99th percentile, in microseconds.</param>
/// <param name="Max">The slowest, in microseconds: on a machine that does other things, mostly those.</param>
/// <param name="BytesPerStep">Allocated by this thread.</param>
internal sealed record StepLatency(double P50, double P99, double Max, double BytesPerStep)
{
    private const int Count = 20_000;
    private const int WarmUp = 5_000;

    /// <summary>Calls <paramref name="step"/> many times. What it does beside the step is measured with it.</summary>
    public static StepLatency Measure(Action step)
    {
        long[] ticks = new long[Count];
        for (int i = 0; i < WarmUp; i++) step();

        long bytes = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Count; i++)
        {
            long start = Stopwatch.GetTimestamp();
            step();
            ticks[i] = Stopwatch.GetTimestamp() - start;
        }

        bytes = GC.GetAllocatedBytesForCurrentThread() - bytes;
        Array.Sort(ticks);
        return new(Microseconds(ticks[Count / 2]), Microseconds(ticks[Count * 99 / 100]), Microseconds(ticks[^1]), (double)bytes / Count);
    }

    private static double Microseconds(long ticks) => ticks * 1e6 / Stopwatch.Frequency;
}
