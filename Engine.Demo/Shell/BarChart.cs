using System.Globalization;
using Spectre.Console;

namespace Engine.Demo.Shell;

/// <summary>Shares from 0 to 1 as horizontal bars, as lines of markup.</summary>
internal sealed class BarChart(ChartStyle style, int width)
{
    private const int ShareWidth = 6;
    private readonly List<(string Label, double Share, ChartColour Colour)> _bars = [];

    public string Title { get; init; } = "";

    public string Footnote { get; set; } = "";

    public void Add(string label, double share, ChartColour colour) => _bars.Add((label, share, colour));

    public IReadOnlyList<string> Render()
    {
        int labelWidth = _bars.Max(bar => bar.Label.Length);
        int longest = width - labelWidth - ShareWidth - 2;
        List<string> lines = [Markup.Escape(Title)];
        foreach ((string label, double share, ChartColour colour) in _bars)
        {
            int length = (int)Math.Round(share * longest);
            string bar = new(style.Unicode ? '█' : '#', length);
            string percent = share.ToString("P0", CultureInfo.InvariantCulture).Replace(" ", "", StringComparison.Ordinal);
            lines.Add($"{Markup.Escape(label.PadLeft(labelWidth))} [{colour.Markup()}]{bar}[/] {percent}");
        }

        if (Footnote.Length > 0) lines.Add(Markup.Escape(Footnote));
        return lines;
    }
}
