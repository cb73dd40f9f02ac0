using System.Globalization;
using System.Text;

namespace Engine.Bench.Compare;

/// <summary>A place on the horizontal axis and what stands below it.</summary>
internal readonly record struct ChartTick(double X, string Text);

/// <summary>A point, and what it says when pointed at.</summary>
internal readonly record struct ChartPoint(double X, double Y, string Text);

/// <summary>Points in the order in which they are joined.</summary>
internal sealed record ChartLine(string Name, IReadOnlyList<ChartPoint> Points);

/// <summary>One coordinate system.</summary>
internal sealed record ChartPanel(string Title, IReadOnlyList<ChartTick> Ticks, IReadOnlyList<ChartLine> Lines);

/// <summary>Panels of lines as SVG, the vertical axis logarithmic. Places on the horizontal axis are the caller's.</summary>
internal sealed class LineChart
{
    private const int PanelWidth = 300;
    private const int PanelHeight = 220;
    private const int PlotWidth = 220;
    private const int PlotHeight = 150;
    private const int Left = 56;
    private const int Top = 30;
    private const int LegendHeight = 34;

    // Told apart without colour vision, and on white as on black.
    private static readonly string[] Colours = ["#e4572e", "#8a8f98", "#b08d2e", "#3a86c8", "#2a9d6f", "#a05ab4"];

    private readonly StringBuilder _svg = new();

    public required string Title { get; init; }

    /// <summary>Names of lines in the order of their colours; the first is drawn strongest and on top.</summary>
    public required IReadOnlyList<string> Names { get; init; }

    /// <summary>What stands beside a power of ten on the vertical axis.</summary>
    public required Func<int, string> Unit { get; init; }

    /// <summary>Whether points are marked, rather than only joined.</summary>
    public bool Dots { get; init; } = true;

    /// <summary>The picture.</summary>
    /// <param name="panels">Row by row.</param>
    /// <param name="columns">Panels in a row.</param>
    public string Draw(IReadOnlyList<ChartPanel> panels, int columns)
    {
        int lines = (panels.Count + columns - 1) / columns;
        int width = Math.Max(columns * PanelWidth, Names.Count * 100), height = LegendHeight + (lines * PanelHeight);
        _svg.Clear();
        _svg.AppendLine(CultureInfo.InvariantCulture, $"""
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">
            <title>{Title}</title>
            <style>
            text {"{"} font: 11px system-ui, sans-serif; fill: #333 {"}"} .grid {"{"} stroke: #ccc; stroke-width: .5 {"}"} .back {"{"} fill: #fff {"}"}
            @media (prefers-color-scheme: dark) {"{"} text {"{"} fill: #ddd {"}"} .grid {"{"} stroke: #444 {"}"} .back {"{"} fill: #15181c {"}"} {"}"}
            </style>
            <rect class="back" width="100%" height="100%"/>
            """);
        for (int i = 0; i < Names.Count; i++)
        {
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<circle cx="{16 + (i * 100)}" cy="17" r="4" fill="{ColourOf(Names[i])}"/>""");
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{25 + (i * 100)}" y="21">{Names[i]}</text>""");
        }

        for (int i = 0; i < panels.Count; i++)
        {
            _svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<g transform="translate({i % columns * PanelWidth} {LegendHeight + (i / columns * PanelHeight)})">""");
            Draw(panels[i]);
            _svg.AppendLine("</g>");
        }

        return _svg.AppendLine("</svg>").ToString();
    }

    private static string Text(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    private string ColourOf(string name) => Colours[Names.Index().First(item => item.Item == name).Index % Colours.Length];

    private void Draw(ChartPanel panel)
    {
        double[] ys = [.. panel.Lines.SelectMany(line => line.Points).Select(point => point.Y)];
        int lowest = (int)Math.Floor(Math.Log10(ys.Min()));
        int highest = Math.Max(lowest + 1, (int)Math.Ceiling(Math.Log10(ys.Max())));
        double first = panel.Ticks[0].X, last = panel.Ticks[^1].X;
        double X(double place) => Left + (first == last ? PlotWidth / 2.0 : PlotWidth * (place - first) / (last - first));
        double Y(double value) => Top + (PlotHeight * (highest - Math.Log10(value)) / (highest - lowest));

        _svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Left}" y="{Top - 12}" font-weight="bold">{panel.Title}</text>""");
        for (int power = lowest; power <= highest; power++)
        {
            string y = Text(Y(Math.Pow(10, power)));
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<line class="grid" x1="{Left}" x2="{Left + PlotWidth}" y1="{y}" y2="{y}"/>""");
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Left - 6}" y="{y}" dy="4" text-anchor="end">{Unit(power)}</text>""");
        }

        foreach (ChartTick tick in panel.Ticks)
            _svg.AppendLine(CultureInfo.InvariantCulture, $"""<text x="{Text(X(tick.X))}" y="{Top + PlotHeight + 16}" text-anchor="middle">{tick.Text}</text>""");

        foreach (ChartLine line in panel.Lines.Reverse())
        {
            string colour = ColourOf(line.Name);
            string points = string.Join(' ', line.Points.Select(point => $"{Text(X(point.X))},{Text(Y(point.Y))}"));
            _svg.AppendLine(CultureInfo.InvariantCulture,
                $"""<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="{(Dots && line.Name == Names[0] ? 2 : 1)}"/>""");
            foreach (ChartPoint point in line.Points)
            {
                _svg.AppendLine(CultureInfo.InvariantCulture,
                    $"""<circle cx="{Text(X(point.X))}" cy="{Text(Y(point.Y))}" r="{(Dots ? 3 : 1)}" fill="{colour}"><title>{point.Text}</title></circle>""");
            }
        }
    }
}
