namespace Engine.Bench.Compare;

/// <summary>Times per call over the rounds, in microseconds.</summary>
internal readonly record struct Sample(double Median, double P10, double P90)
{
    /// <summary>Quantiles of the rounds, between neighbours where one falls between two.</summary>
    public static Sample Of(IEnumerable<double> seconds)
    {
        double[] sorted = [.. seconds.Order().Select(s => s * 1e6)];
        return new(Quantile(sorted, 0.5), Quantile(sorted, 0.1), Quantile(sorted, 0.9));
    }

    private static double Quantile(double[] sorted, double share)
    {
        double place = share * (sorted.Length - 1);
        int below = (int)place;
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((place - below) * (sorted[above] - sorted[below]));
    }
}
