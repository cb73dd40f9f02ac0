using System.Globalization;
using System.Text;
using Spectre.Console;

namespace Engine.Demo.Shell;

/// <summary>Series over one axis each: lines, clouds of points and level lines, as lines of markup of a fixed width.</summary>
internal sealed class LineChart(ChartStyle style, int width, int height)
{
    private const int LabelWidth = 7;
    private readonly List<Series> _series = [];

    public string Title { get; init; } = "";

    /// <summary>Whether the axis up is logarithmic; for values above 0.</summary>
    public bool Logarithmic { get; init; }

    /// <summary>The ends of the axis up; those of the values if null.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>What stands at the left and right end below.</summary>
    public (string Left, string Right)? XLabels { get; init; }

    /// <summary>Dots that lie side by side in a chart of this width.</summary>
    public static int DotsAcross(ChartStyle style, int width) => (width - LabelWidth - 2) * (style.Unicode ? 2 : 1);

    /// <summary>A line through values at equal distances over the whole width. NaN leaves a gap.</summary>
    public void AddLine(string name, ReadOnlySpan<float> values, ChartColour colour)
    {
        double[] x = new double[values.Length];
        for (int i = 0; i < x.Length; i++) x[i] = x.Length == 1 ? 0 : (double)i / (x.Length - 1);
        _series.Add(new(name, x, ToDouble(values), colour, Connected: true));
    }

    /// <summary>A horizontal line.</summary>
    public void AddLevel(string name, double value, ChartColour colour) => _series.Add(new(name, [0, 1], [value, value], colour, Connected: true));

    /// <summary>Points; <paramref name="range"/> has the ends of the axis to the right.</summary>
    public void AddPoints(string name, ReadOnlySpan<float> x, ReadOnlySpan<float> y, (double Low, double High) range, ChartColour colour)
    {
        double[] across = ToDouble(x);
        for (int i = 0; i < across.Length; i++) across[i] = (across[i] - range.Low) / (range.High - range.Low);
        _series.Add(new(name, across, ToDouble(y), colour, Connected: false));
    }

    public IReadOnlyList<string> Render()
    {
        (double low, double high) = Ends();
        var canvas = new DotCanvas(style, width - LabelWidth - 2, height);
        for (int i = 0; i < _series.Count; i++) Draw(canvas, i, low, high);

        List<string> lines = [Fit(Markup.Escape(Title), Title.Length)];
        for (int row = 0; row < height; row++)
        {
            bool labelled = row == 0 || row == height - 1 || row == height / 2;
            double value = high - ((high - low) * row / (height - 1));
            string label = labelled ? Number(Logarithmic ? Math.Exp(value) : value) : "";
            lines.Add($"{label,LabelWidth} [grey]{style.Axis}[/]{canvas.Row(row)}");
        }

        if (XLabels is { } labels)
        {
            int space = Math.Max(1, width - LabelWidth - 2 - labels.Left.Length - labels.Right.Length);
            lines.Add(new string(' ', LabelWidth + 2) + labels.Left + new string(' ', space) + labels.Right);
        }

        lines.Add(Legend());
        return lines;
    }

    /// <summary>A number in at most seven characters.</summary>
    public static string Number(double value)
    {
        double size = Math.Abs(value);
        string format = size switch
        {
            0 => "0",
            >= 1e6 or < 1e-3 => "0.0e0",
            >= 100 => "0",
            >= 10 => "0.0",
            >= 1 => "0.00",
            _ => "0.0000",
        };
        return value.ToString(format, CultureInfo.InvariantCulture);
    }

    private void Draw(DotCanvas canvas, int index, double low, double high)
    {
        Series series = _series[index];
        (int X, int Y)? last = null;
        for (int i = 0; i < series.X.Length; i++)
        {
            double value = Scaled(series.Y[i]);
            if (double.IsNaN(value))
            {
                last = null;
                continue;
            }

            int x = (int)Math.Round(series.X[i] * (canvas.Width - 1));
            int y = (int)Math.Round((high - value) / (high - low) * (canvas.Height - 1));
            if (series.Connected && last is { } from) canvas.Line(from.X, from.Y, x, y, index, series.Colour);
            else canvas.Set(x, y, index, series.Colour);
            last = (x, y);
        }
    }

    private (double Low, double High) Ends()
    {
        if (Range is { } range) return range;
        double low = double.PositiveInfinity;
        double high = double.NegativeInfinity;
        foreach (double y in _series.SelectMany(series => series.Y))
        {
            double value = Scaled(y);
            if (double.IsNaN(value)) continue;
            low = Math.Min(low, value);
            high = Math.Max(high, value);
        }

        if (low > high) return (0, 1);
        return high - low > 1e-9 * (1 + Math.Abs(high)) ? (low, high) : (low - 0.5, high + 0.5);
    }

    private double Scaled(double value) => !double.IsFinite(value) ? double.NaN : Logarithmic ? Math.Log(Math.Max(value, 1e-12)) : value;

    private string Legend()
    {
        var text = new StringBuilder();
        int length = 0;
        for (int i = 0; i < _series.Count; i++)
        {
            char marker = style.Unicode && style.Colour ? (_series[i].Connected ? '─' : '•') : DotCanvas.Marker(style, i);
            string name = _series[i].Name;
            text.Append($"  [{_series[i].Colour.Markup()}]{marker}[/] {Markup.Escape(name)}");
            length += name.Length + 4;
        }

        return Fit(new string(' ', LabelWidth) + text, LabelWidth + length);
    }

    private string Fit(string markup, int length) => markup + new string(' ', Math.Max(0, width - length));

    private static double[] ToDouble(ReadOnlySpan<float> values)
    {
        double[] result = new double[values.Length];
        for (int i = 0; i < result.Length; i++) result[i] = values[i];
        return result;
    }

    private sealed record Series(string Name, double[] X, double[] Y, ChartColour Colour, bool Connected);
}
