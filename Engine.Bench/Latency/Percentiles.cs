namespace Engine.Bench.Latency;

/// <summary>The tail of many times, each by nearest rank: the least time that at least so large a share of all calls did not exceed.</summary>
internal sealed record Percentiles(double P50, double P99, double P999, double P9999, double Max)
{
    /// <param name="times">At least one; sorted by this call.</param>
    /// <param name="scale">Factor of every figure.</param>
    public static Percentiles Of(Span<long> times, double scale = 1)
    {
        if (times.IsEmpty) throw new ArgumentException("there are no times; expected at least one.", nameof(times));
        times.Sort();
        return new(At(times, 5000) * scale, At(times, 9900) * scale, At(times, 9990) * scale, At(times, 9999) * scale, times[^1] * scale);
    }

    // Whole numbers, so that no share is rounded up to the next rank.
    private static long At(ReadOnlySpan<long> sorted, long perTenThousand) => sorted[(int)((((sorted.Length * perTenThousand) + 9999) / 10_000) - 1)];
}
