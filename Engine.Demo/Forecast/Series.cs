namespace Engine.Demo.Forecast;

/// <summary>A column of a file as numbers, one per row, oldest first.</summary>
/// <param name="File">The file.</param>
/// <param name="Column">The column's name.</param>
/// <param name="Values">Its values; missing ones hold the last value before them.</param>
/// <param name="Dates">The rows' dates, or null if the file has no date column.</param>
/// <param name="Notes">What was mended on the way, for the user to read.</param>
internal sealed record Series(string File, string Column, double[] Values, DateTime[]? Dates, IReadOnlyList<string> Notes)
{
    /// <summary>Whether a row's value was missing, and so is no truth to judge a forecast by; null if none was.</summary>
    public bool[]? Filled { get; init; }

    /// <summary>The usual time from row to row.</summary>
    public TimeSpan? UsualStep => Dates is { Length: > 1 } dates
        ? dates.Zip(dates.Skip(1), (before, after) => after - before).Order().ElementAt((dates.Length - 1) / 2)
        : null;
}
