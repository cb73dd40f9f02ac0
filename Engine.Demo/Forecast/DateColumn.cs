using System.Globalization;

namespace Engine.Demo.Forecast;

/// <summary>The rows' dates: from a column that says so by its name, in a form that sorts or is plainly year-month-day.</summary>
internal static class DateColumn
{
    private static readonly string[] Names = ["date", "day", "time", "datetime", "timestamp", "month", "period"];

    private static readonly string[] Formats =
    [
        "yyyy-MM-dd", "yyyy/MM/dd", "yyyy.MM.dd", "yyyyMMdd", "yyyy-MM", "yyyy",
        "yyyy-MM-dd HH:mm", "yyyy-MM-dd HH:mm:ss", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-dd HH:mm:sszzz",
    ];

    /// <summary>The dates of all rows; null if there is no such column, or its first cell is no date.</summary>
    /// <exception cref="InputException">A later cell is no date, or does not come after the one before.</exception>
    public static DateTime[]? Read(string path, string[] header, IReadOnlyList<string[]> rows, IReadOnlyList<long> lines)
    {
        int at = Array.FindIndex(header, name => Names.Contains(name.ToLowerInvariant()));
        if (at < 0 || !TryParse(rows[0][at], out _)) return null;

        var dates = new DateTime[rows.Count];
        for (int i = 0; i < dates.Length; i++)
        {
            if (!TryParse(rows[i][at], out dates[i]))
                throw new InputException($"{path}, line {lines[i]}: \"{rows[i][at]}\" in column \"{header[at]}\" is no date; expected one such as 2024-01-31.");
            if (i > 0 && dates[i] <= dates[i - 1])
            {
                throw new InputException(
                    $"{path}, line {lines[i]}: {rows[i][at]} does not come after {rows[i - 1][at]} in the line before; "
                    + "expected one series, oldest first.");
            }
        }

        return dates;
    }

    /// <summary>Says where the rows' distance is not the usual one. They are taken as they come.</summary>
    public static void NoteGaps(Series series, IReadOnlyList<long> lines, int leading, List<string> notes)
    {
        if (series.Dates is not { Length: > 1 } dates || series.UsualStep is not { } usual) return;

        // Months and years differ in length by themselves.
        TimeSpan tolerance = usual.TotalDays >= 28 ? usual / 5 : TimeSpan.Zero;
        int[] irregular = [.. Enumerable.Range(1, dates.Length - 1).Where(i => (dates[i] - dates[i - 1] - usual).Duration() > tolerance)];
        if (irregular.Length > 0)
        {
            notes.Add(
                $"{irregular.Length} irregular dates, the first in line {lines[irregular[0] + leading]} "
                + $"(usual step {Describe(usual)}): rows are taken as they come");
        }
    }

    private static bool TryParse(string cell, out DateTime date) => DateTime.TryParseExact(
        cell.Trim(), Formats, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out date);

    private static string Describe(TimeSpan step) => step.TotalDays >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{step.TotalDays:0.##} days")
        : string.Create(CultureInfo.InvariantCulture, $"{step.TotalHours:0.##} h");
}
