using System.Globalization;
using CsvHelper;

namespace Engine.Demo.Forecast;

/// <summary>
/// Reads one column of a CSV file with a header; cells are parted by commas, semicolons, tabs or bars. What can be mended is mended
/// and noted: missing cells take the last value, a file that begins with its newest row is turned round. Everything else is refused
/// with the line it stands on.
/// </summary>
internal static class SeriesReader
{
    private const double LargestMissingShare = 0.5;
    private const double LargestValue = 1e30;

    private static readonly string[] MissingWords = ["", "na", "n/a", "nan", "null", "none", "-", "?", "."];

    /// <exception cref="InputException">The file cannot be used.</exception>
    public static Series Read(string path, string? column)
    {
        if (Directory.Exists(path)) throw new InputException($"{path} is a directory; expected a CSV file.");
        if (!File.Exists(path)) throw new InputException($"{path} does not exist; expected a CSV file.");
        try
        {
            // A byte order mark is taken off here.
            using var text = new StreamReader(path);
            return Read(text, path, column);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be read: {e.Message}");
        }
    }

    /// <exception cref="InputException">The text cannot be used.</exception>
    public static Series Read(TextReader text, string path, string? column)
    {
        // What parts the cells is told from the first lines.
        var options = new CsvReaderOptions { TrackLineNumbers = true, TrimWhitespace = true, MalformedData = CsvMalformedDataHandling.Throw };
        using var reader = CsvReader.Create(text, options, leaveOpen: true);
        try
        {
            string[] header = [.. reader.Headers];
            if (header.Length == 0) throw new InputException($"{path} is empty; expected a header line with column names.");

            if (header.Any(name => name.Any(char.IsControl)))
                throw new InputException($"{path} is no text: its first line has control characters; expected CSV.");
            int at = Find(header, column, path);
            var rows = new Rows(path, header[at], decimalComma: reader.Separator != ',');
            while (reader.Read())
            {
                if (reader.FieldCount != header.Length)
                {
                    throw new InputException(
                        $"{path}, line {reader.LineNumber}: {reader.FieldCount} cells; expected {header.Length}, as many as the header has.");
                }

                rows.Add(reader.LineNumber, [.. Enumerable.Range(0, header.Length).Select(reader.GetString)], at);
            }

            return rows.ToSeries(header);
        }
        catch (CsvFormatException e)
        {
            throw new InputException($"{path}, line {e.LineNumber}: {e.Message}");
        }
    }

    // The only column needs no name.
    private static int Find(string[] header, string? column, string path)
    {
        string all = string.Join(", ", header.Select(name => $"\"{name}\""));
        if (column is null && header.Length > 1) throw new InputException($"--column is missing; expected one of the columns of {path}: {all}.");
        column ??= header[0];
        int[] exact = [.. Enumerable.Range(0, header.Length).Where(i => header[i] == column)];
        int[] found = exact.Length > 0
            ? exact
            : [.. Enumerable.Range(0, header.Length).Where(i => header[i].Equals(column, StringComparison.OrdinalIgnoreCase))];
        return found.Length switch
        {
            1 => found[0],
            0 => throw new InputException($"{path} has no column \"{column}\"; its first line has {all}."),
            _ => throw new InputException($"{path}, line 1: the column \"{column}\" stands there {found.Length} times; expected once."),
        };
    }

    // Gathers the rows; what is missing is known only once all have been read.
    private sealed class Rows(string path, string column, bool decimalComma)
    {
        private readonly List<string[]> _cells = [];
        private readonly List<long> _lines = [];
        private readonly List<double> _values = [];
        private int _missing;
        private long _firstMissingLine;

        public void Add(long line, string[] cells, int at)
        {
            double value = Parse(cells[at].Trim(), line);
            if (double.IsNaN(value) && _missing++ == 0) _firstMissingLine = line;
            _cells.Add(cells);
            _lines.Add(line);
            _values.Add(value);
        }

        public Series ToSeries(string[] header)
        {
            if (_values.Count == 0) throw new InputException($"{path} has a header but no rows.");
            if (_missing > LargestMissingShare * _values.Count)
                throw new InputException($"{path}: {_missing} of {_values.Count} cells of \"{column}\" are missing; expected at most half.");

            List<string> notes = [];
            DateTime[]? dates = DateColumn.Read(path, header, _cells, _lines);
            if (dates is [var first, .., var last] && first > last)
            {
                Array.Reverse(dates);
                _values.Reverse();
                _lines.Reverse();
                notes.Add("the newest row stands first: turned round");
            }

            int leading = _values.TakeWhile(double.IsNaN).Count();
            if (_missing > 0)
                notes.Add(
                    $"{_missing} missing cells, the first in line {_firstMissingLine}: "
                    + $"{_missing - leading} hold the last value and are not judged, {leading} leading ones left out");

            double[] values = [.. _values.Skip(leading)];
            bool[] filled = Array.ConvertAll(values, double.IsNaN);
            for (int i = 1; i < values.Length; i++)
            {
                if (double.IsNaN(values[i])) values[i] = values[i - 1];
            }

            var series = new Series(path, column, values, dates?[leading..], notes) { Filled = filled };
            DateColumn.NoteGaps(series, _lines[leading..], notes);
            return series;
        }

        // NaN for a missing cell.
        private double Parse(string cell, long line)
        {
            if (MissingWords.Contains(cell.ToLowerInvariant())) return double.NaN;

            // Where commas do not part the cells, one of them is a decimal comma. Thousands are never parted: 12,5 would become 125.
            string number = decimalComma && !cell.Contains('.') ? cell.Replace(',', '.') : cell;
            if (!double.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) || !(Math.Abs(value) <= LargestValue))
                throw new InputException($"{path}, line {line}: column \"{column}\" has \"{cell}\"; expected a finite number, or an empty cell.");

            return value;
        }
    }
}
