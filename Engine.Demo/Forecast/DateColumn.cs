using System.Globalization;

namespace Engine.Demo.Forecast;

/// <summary>
/// The rows' dates: from the first column whose name says so or whose first cells are dates, in the one format that fits all its
/// cells.
/// </summary>
internal static class DateColumn
{
    private const int Probed = 20;

    private static readonly string[] Names = ["date", "day", "time", "datetime", "timestamp", "month", "period"];

    // Plain on sight, whatever the column is called.
    private static readonly string[] PlainFormats =
    [
        "yyyy-M-d", "yyyy/M/d", "yyyy.M.d", "yyyy-MM", "yyyy-M-d H:mm", "yyyy-M-d H:mm:ss", "yyyy-M-d H:mm:ss.FFFFFFF", "yyyy-MM-ddTHH:mm",
        "yyyy-MM-ddTHH:mm:ss.FFFFFFFK", "yyyy-MM-ddTHH:mm:ssK", "yyyy-M-d H:mm:sszzz", "yyyy/M/d H:mm", "yyyy/M/d H:mm:ss",
        "M/d/yyyy", "d/M/yyyy", "d.M.yyyy", "d-M-yyyy", "M/d/yyyy H:mm", "d/M/yyyy H:mm", "d.M.yyyy H:mm", "M/d/yyyy H:mm:ss", "d/M/yyyy H:mm:ss",
        "d MMM yyyy", "d-MMM-yyyy", "d-MMM-yy", "MMM d, yyyy", "MMM d yyyy", "MMM yyyy", "MMM-yyyy",
    ];

    // These might be numbers; believed only where the column's name says date.
    private static readonly string[] NumberFormats = ["yyyyMMdd", "yyyyMM", "yyyy"];

    /// <summary>The dates of all rows, all in one direction; null if there is no such column.</summary>
    /// <exception cref="InputException">A cell is no date like the others, or goes back where the others go on.</exception>
    public static DateTime[]? Read(string path, string[] header, IReadOnlyList<string[]> rows, IReadOnlyList<long> lines)
    {
        for (int at = 0; at < header.Length; at++)
        {
            string[] formats = Names.Contains(header[at].ToLowerInvariant()) ? [.. PlainFormats, .. NumberFormats] : PlainFormats;
            string[] fitting = [.. formats.Where(format => TryParse(rows[0][at], format, out _))];
            if (fitting.Length == 0 || !IsDates(rows, at, fitting)) continue;
            DateTime[] dates = Parse(path, header[at], rows, lines, at, fitting);
            CheckOrder(path, rows, lines, at, dates);
            return dates;
        }

        return null;
    }

    /// <summary>Says where the rows' distance is not the usual one. They are taken as they come.</summary>
    public static void NoteGaps(Series series, IReadOnlyList<long> lines, List<string> notes)
    {
        if (series.Dates is not { Length: > 1 } dates || series.UsualStep is not { } usual) return;

        // Months and years differ in length by themselves.
        TimeSpan tolerance = usual.TotalDays >= 28 ? usual / 5 : TimeSpan.Zero;
        int[] irregular = [.. Enumerable.Range(1, dates.Length - 1).Where(i => (dates[i] - dates[i - 1] - usual).Duration() > tolerance)];
        if (irregular.Length > 0)
        {
            notes.Add(
                $"{irregular.Length} irregular dates, the first in line {lines[irregular[0]]} "
                + $"(usual step {Describe(usual)}): rows are taken as they come");
        }
    }

    // Most of the first cells have to be dates: one broken cell is reported, a column of something else is not one of dates.
    private static bool IsDates(IReadOnlyList<string[]> rows, int at, string[] formats)
    {
        int probed = Math.Min(Probed, rows.Count);
        return rows.Take(probed).Count(row => formats.Any(format => TryParse(row[at], format, out _))) > probed / 2;
    }

    // Where several formats fit all cells (3/4/2020), the one in which the dates go in one direction.
    private static DateTime[] Parse(string path, string name, IReadOnlyList<string[]> rows, IReadOnlyList<long> lines, int at, string[] formats)
    {
        DateTime[]? first = null;
        int furthest = 0;
        foreach (string format in formats)
        {
            var dates = new DateTime[rows.Count];
            int row = 0;
            while (row < dates.Length && TryParse(rows[row][at], format, out dates[row])) row++;
            if (row < dates.Length)
            {
                furthest = Math.Max(furthest, row);
                continue;
            }

            if (FirstStray(dates) == 0) return dates;
            first ??= dates;
        }

        return first ?? throw new InputException(
            $"{path}, line {lines[furthest]}: \"{rows[furthest][at]}\" in column \"{name}\" is no date such as \"{rows[0][at]}\".");
    }

    private static void CheckOrder(string path, IReadOnlyList<string[]> rows, IReadOnlyList<long> lines, int at, DateTime[] dates)
    {
        int stray = FirstStray(dates);
        if (stray == 0) return;
        throw new InputException(
            $"{path}, line {lines[stray]}: {rows[stray][at]} does not come {(dates[^1] >= dates[0] ? "after" : "before")} {rows[stray - 1][at]} in line "
            + $"{lines[stray - 1]}; expected one series with its dates in order.");
    }

    // The first row that goes against the direction from the first to the last; 0 if there is none.
    private static int FirstStray(DateTime[] dates)
    {
        bool oldestFirst = dates[^1] >= dates[0];
        for (int i = 1; i < dates.Length; i++)
        {
            if (oldestFirst ? dates[i] <= dates[i - 1] : dates[i] >= dates[i - 1]) return i;
        }

        return 0;
    }

    private static bool TryParse(string cell, string format, out DateTime date) => DateTime.TryParseExact(
        cell.Trim(), format, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal | DateTimeStyles.AssumeUniversal, out date);

    private static string Describe(TimeSpan step) => step.TotalDays >= 1
        ? string.Create(CultureInfo.InvariantCulture, $"{step.TotalDays:0.##} days")
        : string.Create(CultureInfo.InvariantCulture, $"{step.TotalHours:0.##} h");
}
