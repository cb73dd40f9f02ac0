namespace Engine.Demo.Forecast;

/// <summary>
/// What the model sees of a row: how far the value lies from earlier ones and from its own running means, and, where dates are
/// known, the time of year. Nothing looks ahead, and nothing depends on the level, so a series may leave the range it was trained on.
/// </summary>
internal static class Features
{
    private static readonly int[] Means = [3, 7, 30, 365];

    /// <summary>Features per row.</summary>
    public static int Count(bool dated) => 1 + Means.Length + (dated ? 2 : 0);

    /// <summary>[rows, features], before scaling.</summary>
    public static double[] Of(Series series)
    {
        double[] values = series.Values;
        int count = Count(series.Dates is not null);
        double[] features = new double[values.Length * count];
        double[] sums = new double[Means.Length];
        for (int t = 0; t < values.Length; t++)
        {
            Span<double> row = features.AsSpan(t * count, count);
            row[0] = t == 0 ? 0 : values[t] - values[t - 1];
            for (int i = 0; i < Means.Length; i++)
            {
                // Of as many rows as there are, where there are not yet enough.
                sums[i] += values[t] - (t >= Means[i] ? values[t - Means[i]] : 0);
                row[1 + i] = values[t] - (sums[i] / Math.Min(t + 1, Means[i]));
            }

            if (series.Dates is not { } dates) continue;
            double angle = 2 * Math.PI * (dates[t].DayOfYear - 1 + dates[t].TimeOfDay.TotalDays) / 365.25;
            (row[^2], row[^1]) = Math.SinCos(angle);
        }

        return features;
    }
}
