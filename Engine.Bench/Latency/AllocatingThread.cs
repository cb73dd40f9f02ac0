using System.Diagnostics;
using Engine.Bench.Compare;

namespace Engine.Bench.Latency;

/// <summary>
/// A thread that allocates at an even rate, as the rest of a busy program would: arrays of 16 B to 31 KiB, most of them small, of which one
/// in 64 lives on for a while, so that collections of generation 0 find something to move and generation 1 is collected as well.
/// </summary>
internal sealed class AllocatingThread : IDisposable
{
    public const double BytesPerSecond = 1e9;

    private const int Survivors = 4096;
    private const int SurvivesOneIn = 64;
    private const int LargestShift = 11;
    private const int Smallest = 16;
    private const int Header = 24;
    private const int Chunk = 256;

    private readonly Thread _thread;
    private readonly int[] _collectionsBefore = [.. Enumerable.Range(0, GC.MaxGeneration + 1).Select(GC.CollectionCount)];
    private readonly TimeSpan _pausedBefore = GC.GetTotalPauseDuration();
    private readonly long _start = Stopwatch.GetTimestamp();
    private readonly byte[]?[] _survivors = new byte[Survivors][];
    private long _bytes;
    private volatile bool _stop;

    /// <param name="core">The core to stay on, or null.</param>
    public AllocatingThread(int? core)
    {
        _thread = new(() => Allocate(core)) { IsBackground = true };
        _thread.Start();
    }

    /// <summary>What was reached since it began.</summary>
    public AllocationReport Report()
    {
        double seconds = Stopwatch.GetElapsedTime(_start).TotalSeconds;
        int[] collections = [.. _collectionsBefore.Select((before, generation) => GC.CollectionCount(generation) - before)];
        double paused = (GC.GetTotalPauseDuration() - _pausedBefore).TotalMilliseconds;
        return new(Volatile.Read(ref _bytes) / seconds, seconds, collections[0], collections[1], collections[2], paused);
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Allocate(int? core)
    {
        if (core is { } number) _ = Machine.PinTo(number);
        var random = new Random(1);
        long start = Stopwatch.GetTimestamp();
        long bytes = 0;
        int next = 0;
        while (!_stop)
        {
            for (int i = 0; i < Chunk; i++)
            {
                // Each doubling of the size is half as frequent, but for the largest.
                int shift = Math.Min(LargestShift - 1, int.TrailingZeroCount(random.Next() | (1 << LargestShift)));
                byte[] made = new byte[random.Next(Smallest, 2 * Smallest) << shift];
                bytes += made.Length + Header;
                if (i % SurvivesOneIn == 0) _survivors[next++ % Survivors] = made;
            }

            Volatile.Write(ref _bytes, bytes);
            if (bytes > BytesPerSecond * Stopwatch.GetElapsedTime(start).TotalSeconds) Thread.Sleep(1);
        }
    }
}

/// <summary>Bytes per second, over how many seconds, and what the collector did meanwhile.</summary>
internal sealed record AllocationReport(double BytesPerSecond, double Seconds, int Gen0, int Gen1, int Gen2, double PausedMs)
{
    /// <summary>Collections of generation 0 count those of the higher ones too.</summary>
    public override string ToString() =>
        $"{BytesPerSecond / 1e9:0.00} GB/s over {Seconds:0.0} s; collections: {Gen0 - Gen1} of gen 0, {Gen1 - Gen2} of gen 1, {Gen2} of gen 2; paused {PausedMs:0} ms in all";
}
