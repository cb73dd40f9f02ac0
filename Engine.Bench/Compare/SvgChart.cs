using System.Globalization;
using System.Text;

namespace Engine.Bench.Compare;

/// <summary>Time per call over H, both on logarithmic axes: a panel per workload and cell, a line per engine.</summary>
internal sealed class SvgChart
{
    private const int PanelWidth = 300;
    private const int PanelHeight = 220;
    private const int PlotWidth = 220;
    private const int PlotHeight = 150;
    private const int Left = 56;
    private const int Top = 30;
    private const int LegendHeight = 34;
    private const int Columns = 3;

    // Told apart without colour vision, and on white as on black.
    private static readonly string[] Colours = ["#e4572e", "#8a8f98", "#b08d2e", "#3a86c8", "#2a9d6f", "#a05ab4"];

    private readonly StringBuilder _svg = new();
    private readonly IReadOnlyList<string> _engines;

    private SvgChart(IReadOnlyList<string> engines)
    {
        _engines = engines;
    }

    public static void Write(string file, IReadOnlyList<ResultRow> rows, IReadOnlyList<string> engines) =>
        File.WriteAllText(file, new SvgChart(engines).Draw(rows));

    private static string Title(ResultRow row) =>
        $"{row.Cell.ToUpperInvariant()} {row.Workload}, {(row.Steps == 1 ? "" : $"T={row.Steps}, B={row.Batch}, ")}{(row.Inputs == 1 ? "I=1" : "I=H")}";

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private static string Time(int power) => power >= 3 ? $"{Text(Math.Pow(10, power - 3))} ms" : $"{Text(Math.Pow(10, power))} µs";

    private string Draw(IReadOnlyList<ResultRow> rows)
    {
        // Rows of the picture are kinds of call, columns are cells.
        List<IGrouping<string, ResultRow>> panels =
        [
            .. rows.Where(row => row.Agrees).GroupBy(Title).OrderByDescending(p => p.First().Workload, StringComparer.Ordinal)
                .ThenBy(p => p.First().Batch).ThenBy(p => p.First().Inputs != 1),
        ];
        int columns = Math.Min(Columns, Math.Max(1, rows.Select(row => row.Cell).Distinct().Count()));
        int lines = (panels.Count + columns - 1) / columns;
        int width = Math.Max(columns * PanelWidth, _engines.Count * 100), height = LegendHeight + (lines * PanelHeight);
        _svg.AppendLine(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
            <title>Time per call of Engine and its peers</title>
            <style>
            text {"{"} font: 11px system-ui, sans-serif; fill: #333 {"}"} .grid {"{"} stroke: #ccc; stroke-width: .5 {"}"} .back {"{"} fill: #fff {"}"}
            @media (prefers-color-scheme: dark) {"{"} text {"{"} fill: #ddd {"}"} .grid {"{"} stroke: #444 {"}"} .back {"{"} fill: #15181c {"}"} {"}"}
            </style>
            <rect class="back" width="100%" height="100%"/>
            """);
        for (int i = 0; i < _engines.Count; i++)
        {
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<circle cx="{16 + (i * 100)}" cy="17" r="4" fill="{Colours[i % Colours.Length]}"/>""");
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{25 + (i * 100)}" y="21">{_engines[i]}</text>""");
        }

        for (int i = 0; i < panels.Count; i++)
        {
            _svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<g transform="translate({i % columns * PanelWidth} {LegendHeight + (i / columns * PanelHeight)})">""");
            Panel(panels[i].Key, [.. panels[i]]);
            _svg.AppendLine("</g>");
        }

        return _svg.AppendLine("</svg>").ToString();
    }

    private void Panel(string title, List<ResultRow> rows)
    {
        int[] sizes = [.. rows.Select(row => row.Hidden).Distinct().Order()];
        int lowest = (int)Math.Floor(Math.Log10(rows.Min(row => row.MedianUs)));
        int highest = Math.Max(lowest + 1, (int)Math.Ceiling(Math.Log10(rows.Max(row => row.MedianUs))));
        double X(int hidden) => Left + (sizes.Length == 1 ? PlotWidth / 2.0 : PlotWidth * Math.Log2((double)hidden / sizes[0]) / Math.Log2((double)sizes[^1] / sizes[0]));
        double Y(double us) => Top + (PlotHeight * (highest - Math.Log10(us)) / (highest - lowest));

        _svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Left}" y="{Top - 12}" font-weight="bold">{title}</text>""");
        for (int power = lowest; power <= highest; power++)
        {
            string y = Text(Y(Math.Pow(10, power)));
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<line class="grid" x1="{Left}" x2="{Left + PlotWidth}" y1="{y}" y2="{y}"/>""");
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Left - 6}" y="{y}" dy="4" text-anchor="end">{Time(power)}</text>""");
        }

        foreach (int size in sizes)
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Text(X(size))}" y="{Top + PlotHeight + 16}" text-anchor="middle">{size}</text>""");

        // Ours last, on top of the others.
        for (int i = _engines.Count - 1; i >= 0; i--)
        {
            ResultRow[] line = [.. rows.Where(row => row.Engine == _engines[i]).OrderBy(row => row.Hidden)];
            string colour = Colours[i % Colours.Length];
            string points = string.Join(' ', line.Select(row => $"{Text(X(row.Hidden))},{Text(Y(row.MedianUs))}"));
            _svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{(i == 0 ? 2 : 1)}"/>""");
            foreach (ResultRow row in line)
            {
                _svg.AppendLine(CultureInfo.InvariantCulture,
                    $"""<circle cx="{Text(X(row.Hidden))}" cy="{Text(Y(row.MedianUs))}" r="3" fill="{colour}"><title>{row.Engine}, H={row.Hidden}: {row.MedianUs:0.000} µs</title></circle>""");
            }
        }
    }
}
