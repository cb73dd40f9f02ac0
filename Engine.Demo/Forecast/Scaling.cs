using System.Globalization;

namespace Engine.Demo.Forecast;

/// <summary>
/// Mean and spread of every feature, and the spread of the change that is forecast; fitted on rows that train and stored in the
/// model file, so that a model meets later data as it met its own.
/// </summary>
internal sealed record Scaling(double[] Mean, double[] Spread, double ChangeSpread)
{
    private const string MeanKey = "forecast.feature_mean";
    private const string SpreadKey = "forecast.feature_spread";
    private const string ChangeKey = "forecast.change_spread";

    // A value far outside what was trained on says no more than "far out".
    private const double Furthest = 5;

    /// <summary>Fits on the first <paramref name="rows"/> rows; changes are those that end in them.</summary>
    public static Scaling Fit(Series series, double[] features, int rows, int horizon)
    {
        int count = features.Length / series.Values.Length;
        double[] mean = new double[count];
        double[] spread = new double[count];
        for (int j = 0; j < count; j++)
        {
            (mean[j], double deviation) = MeanAndDeviation([.. Enumerable.Range(0, rows).Select(t => features[(t * count) + j])]);
            spread[j] = deviation > 0 ? deviation : 1;
        }

        double[] changes = [.. Enumerable.Range(0, rows - horizon).Select(t => series.Values[t + horizon] - series.Values[t])];
        double change = Math.Sqrt(changes.Average(c => c * c));
        if (!(change > 0))
        {
            throw new InputException(
                $"{series.File}: column \"{series.Column}\" does not change over its first {rows} rows; there is nothing to learn.");
        }

        return new(mean, spread, change);
    }

    /// <summary>[rows, features] as the model sees them.</summary>
    public float[] Apply(double[] features)
    {
        float[] scaled = new float[features.Length];
        for (int i = 0; i < scaled.Length; i++)
        {
            int j = i % Mean.Length;
            scaled[i] = (float)Math.Clamp((features[i] - Mean[j]) / Spread[j], -Furthest, Furthest);
        }

        return scaled;
    }

    public void WriteTo(IDictionary<string, string> metadata)
    {
        metadata[MeanKey] = Text(Mean);
        metadata[SpreadKey] = Text(Spread);
        metadata[ChangeKey] = Text([ChangeSpread]);
    }

    /// <summary>What <see cref="WriteTo"/> wrote; null if it is not there or not whole.</summary>
    public static Scaling? ReadFrom(IDictionary<string, string> metadata, int features)
    {
        double[]? mean = Numbers(metadata, MeanKey, features);
        double[]? spread = Numbers(metadata, SpreadKey, features);
        double[]? change = Numbers(metadata, ChangeKey, 1);
        return mean is null || spread is null || change is null || spread.Append(change[0]).Any(value => !(value > 0))
            ? null
            : new(mean, spread, change[0]);
    }

    private static (double Mean, double Deviation) MeanAndDeviation(double[] values)
    {
        double mean = values.Average();
        return (mean, Math.Sqrt(values.Average(value => (value - mean) * (value - mean))));
    }

    private static string Text(double[] values) => string.Join(' ', values.Select(value => value.ToString("R", CultureInfo.InvariantCulture)));

    private static double[]? Numbers(IDictionary<string, string> metadata, string key, int count)
    {
        if (!metadata.TryGetValue(key, out string? text)) return null;
        string[] parts = text.Split(' ');
        double[] values = new double[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!double.TryParse(parts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out values[i]) || !double.IsFinite(values[i])) return null;
        }

        return values.Length == count ? values : null;
    }
}
