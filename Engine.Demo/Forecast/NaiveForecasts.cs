namespace Engine.Demo.Forecast;

/// <summary>Forecasts that need no training. Entry t is the forecast of row t + horizon, made at row t.</summary>
internal static class NaiveForecasts
{
    /// <summary>Rows of the moving average.</summary>
    public const int AverageRows = 7;

    private const int DaysOfYear = 365;
    private const int DaysOfWeek = 7;
    private const int HoursOfDay = 24;
    private const int MonthsOfYear = 12;

    /// <summary>It stays as it is.</summary>
    public static double[] Persistence(Series series) => [.. series.Values];

    /// <summary>It will be what it was on average of late.</summary>
    public static double[] MovingAverage(Series series)
    {
        double[] forecast = new double[series.Values.Length];
        for (int t = 0; t < forecast.Length; t++) forecast[t] = series.Values.AsSpan(Math.Max(0, t + 1 - AverageRows)..(t + 1)).ToArray().Average();
        return forecast;
    }

    /// <summary>It will be what it was a whole number of seasons before the row that is asked for. NaN where that is not known.</summary>
    public static double[] Seasonal(Series series, int horizon, int season)
    {
        // The nearest season that lies in the past when the forecast is made.
        int back = (horizon + season - 1) / season * season;
        double[] forecast = new double[series.Values.Length];
        for (int t = 0; t < forecast.Length; t++) forecast[t] = t + horizon - back >= 0 ? series.Values[t + horizon - back] : double.NaN;
        return forecast;
    }

    /// <summary>
    /// Rows of a season, told from the dates: a year of days (of those that the series has: markets rest) or of months, a day of
    /// hours; null if none fits twice into the first <paramref name="rows"/> rows.
    /// </summary>
    public static int? Season(Series series, int rows)
    {
        if (series.Dates is not { } dates || series.UsualStep is not { } usual) return null;
        double perYear = (dates.Length - 1) / ((dates[^1] - dates[0]).TotalDays / DaysOfYear);
        int? season = usual.TotalHours switch
        {
            1 => HoursOfDay,
            24 => rows >= 2 * perYear ? (int)Math.Round(perYear) : DaysOfWeek,
            >= 28 * 24 and <= 31 * 24 => MonthsOfYear,
            _ => null,
        };
        return rows >= 2 * season ? season : null;
    }
}
