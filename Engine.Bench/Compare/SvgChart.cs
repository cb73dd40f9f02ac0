using System.Globalization;

namespace Engine.Bench.Compare;

/// <summary>Time per call over H, both on logarithmic axes: a panel per workload and cell, a line per engine.</summary>
internal static class SvgChart
{
    private const int Columns = 3;

    public static void Write(string file, IReadOnlyList<ResultRow> rows, IReadOnlyList<string> engines)
    {
        var chart = new LineChart { Title = "Time per call of Engine and its peers", Names = engines, Unit = Time };

        // Rows of the picture are kinds of call, columns are cells.
        ChartPanel[] panels =
        [
            .. rows.Where(row => row.Agrees).GroupBy(Title).OrderByDescending(p => p.First().Workload, StringComparer.Ordinal)
                .ThenBy(p => p.First().Batch).ThenBy(p => p.First().Inputs != 1).Select(group => Panel(group.Key, [.. group], engines)),
        ];
        int columns = Math.Min(Columns, Math.Max(1, rows.Select(row => row.Cell).Distinct().Count()));
        File.WriteAllText(file, chart.Draw(panels, columns));
    }

    private static ChartPanel Panel(string title, ResultRow[] rows, IReadOnlyList<string> engines) => new(
        title,
        [.. rows.Select(row => row.Hidden).Distinct().Order().Select(hidden => new ChartTick(Math.Log2(hidden), $"{hidden}"))],
        [.. engines.Select(engine => Line(engine, rows)).Where(line => line.Points.Count > 0)]);

    private static ChartLine Line(string engine, ResultRow[] rows) => new(
        engine,
        [
            .. rows.Where(row => row.Engine == engine).OrderBy(row => row.Hidden).Select(row => new ChartPoint(
                Math.Log2(row.Hidden), row.MedianUs, $"{engine}, H={row.Hidden}: {row.MedianUs.ToString("0.000", CultureInfo.InvariantCulture)} µs")),
        ]);

    private static string Title(ResultRow row) =>
        $"{row.Cell.ToUpperInvariant()} {row.Workload}, {(row.Steps == 1 ? "" : $"T={row.Steps}, B={row.Batch}, ")}{(row.Inputs == 1 ? "I=1" : "I=H")}";

    private static string Time(int power) =>
        power >= 3 ? $"{Number(Math.Pow(10, power - 3))} ms" : $"{Number(Math.Pow(10, power))} µs";

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
