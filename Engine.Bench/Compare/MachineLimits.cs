using System.Diagnostics;
using Engine.Memory;

namespace Engine.Bench.Compare;

/// <summary>What one core of this machine can do at most, measured.</summary>
/// <param name="PeakFlops">Multiply-adds from registers, flops per second.</param>
/// <param name="L1">Reads from the L1 cache, bytes per second.</param>
/// <param name="L2">Reads from the L2 cache, bytes per second.</param>
/// <param name="L3">Reads from the L3 cache, bytes per second.</param>
/// <param name="Memory">Reads from DRAM, bytes per second.</param>
internal sealed record MachineLimits(double PeakFlops, double L1, double L2, double L3, double Memory)
{
    private const double ReadsPerStep = 0.75;
    private const int Trials = 8;
    private const double TrialSeconds = 0.006;
    private const int ReadUnit = 128;
    private const long LargestBuffer = 256L << 20;

    /// <summary>Takes a few hundred milliseconds. The best trial counts: whatever disturbs a trial only makes it slower.</summary>
    public static MachineLimits Measure()
    {
        LimitKernels kernels = LimitKernels.Make();
        (long l1, long l2, long l3) = Machine.Caches;
        long memory = Math.Min(4 * l3, LargestBuffer);

        // Pages that were never written are all the same page of zeros, and would be read from the cache.
        var buffer = new AlignedBuffer(memory / sizeof(float));
        buffer.Span.Fill(1);
        return new(
            PeakFlops: Best(calls => kernels.MultiplyAdd(1000 * calls)),
            L1: Reads(kernels, buffer, l1 / 2),
            L2: Reads(kernels, buffer, l2 / 2),
            L3: Reads(kernels, buffer, l3 / 4),
            Memory: Reads(kernels, buffer, memory));
    }

    /// <summary>Seconds that a call needs at least.</summary>
    /// <remarks>
    /// Every weight is read once per call. The hidden state's weights are needed in every time step, and half of them, those of units that the
    /// step before has done already, can be read for two steps at once. Nothing else is sure to be needed; the streams of a batch share a
    /// read. Weights of 8 bits are multiplied as integers, for which only the reads are counted.
    /// </remarks>
    public double Seconds(Case sizes)
    {
        double streamed = sizes.Steps == 1 ? sizes.WeightBytes : ReadsPerStep * sizes.RecurrentBytes * sizes.Steps;
        long held = sizes.Steps == 1 ? sizes.WeightBytes : sizes.RecurrentBytes;
        double computing = sizes.WeightSize == sizeof(sbyte) ? 0 : sizes.Flops / PeakFlops;
        return Math.Max(computing, streamed / Bandwidth(held));
    }

    private double Bandwidth(long bytes)
    {
        (long l1, long l2, long l3) = Machine.Caches;
        return bytes <= l1 ? L1 : bytes <= l2 ? L2 : bytes <= l3 ? L3 : Memory;
    }

    private static unsafe double Reads(LimitKernels kernels, AlignedBuffer buffer, long bytes)
    {
        int length = (int)(bytes / sizeof(float)) / ReadUnit * ReadUnit;
        return Best(calls =>
        {
            for (int i = 0; i < calls; i++) kernels.Read(buffer.Pointer, length);
            GC.KeepAlive(buffer);
            return (double)calls * length * sizeof(float);
        });
    }

    /// <summary>Work per second of the best trial; <paramref name="work"/> does so many calls and gives the work done.</summary>
    private static double Best(Func<int, double> work)
    {
        int calls = 1;
        while (Time(work, calls).Seconds < TrialSeconds) calls *= 2;

        double best = 0;
        for (int i = 0; i < Trials; i++)
        {
            (double done, double seconds) = Time(work, calls);
            best = Math.Max(best, done / seconds);
        }

        return best;
    }

    private static (double Done, double Seconds) Time(Func<int, double> work, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        double done = work(calls);
        return (done, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }
}
