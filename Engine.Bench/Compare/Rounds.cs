using System.Diagnostics;
using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>Interleaved measuring: every round times each engine once, about equally long, in an order that rotates.</summary>
/// <param name="BatchSeconds">Time of one engine in one round, at least one call.</param>
/// <param name="Most">Rounds, if the time allows.</param>
internal sealed record Rounds(double BatchSeconds, int Most)
{
    private const int Fewest = 5;

    public static Rounds Thorough { get; } = new(0.01, 31);

    public static Rounds Quick { get; } = new(0.003, 15);

    /// <summary>Measures all engines; after <paramref name="budget"/> no further round begins, once a few are done.</summary>
    public Sample[] Measure(IReadOnlyList<Runner> runners, TimeSpan budget)
    {
        long start = Stopwatch.GetTimestamp();
        int[] calls = [.. runners.Select(Calibrate)];
        List<double>[] times = [.. runners.Select(_ => new List<double>())];
        for (int round = 0; round < Most && (round < Fewest || Stopwatch.GetElapsedTime(start) < budget); round++)
        {
            for (int turn = 0; turn < runners.Count; turn++)
            {
                int which = (round + turn) % runners.Count;

                // The engine before left the caches full of its own weights.
                if (calls[which] > 1) runners[which].Measure(1);
                times[which].Add(runners[which].Measure(calls[which]) / calls[which]);
            }
        }

        return [.. times.Select(Sample.Of)];
    }

    // The last doubling is also the warm-up: the code has run for the time of a batch before anything counts.
    private int Calibrate(Runner runner)
    {
        int calls = 1;
        double seconds = runner.Measure(calls);
        while (seconds < BatchSeconds)
        {
            calls *= 2;
            seconds = runner.Measure(calls);
        }

        return Math.Max(1, (int)(calls * BatchSeconds / seconds));
    }
}
