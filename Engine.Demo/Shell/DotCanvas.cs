using System.Text;

namespace Engine.Demo.Shell;

/// <summary>
/// A field of dots: 2 by 4 to a character in Braille, one to a character otherwise. Where colours cannot tell the series apart, the
/// series after the first are drawn with characters of their own.
/// </summary>
internal sealed class DotCanvas(ChartStyle style, int columns, int rows)
{
    private const string AsciiMarkers = ".o-+";
    private const string UnicodeMarkers = "⠒•─+";

    // The bit of each dot in a Braille cell, by row and column (Unicode, block U+2800).
    private static readonly byte[] Bits = [0x01, 0x08, 0x02, 0x10, 0x04, 0x20, 0x40, 0x80];

    private readonly byte[] _dots = new byte[columns * rows];
    private readonly char[] _markers = new char[columns * rows];
    private readonly ChartColour[] _colours = new ChartColour[columns * rows];

    public int Width => style.Unicode ? 2 * columns : columns;

    public int Height => style.Unicode ? 4 * rows : rows;

    /// <summary>The character that stands for a series in a legend.</summary>
    public static char Marker(ChartStyle style, int series) => (style.Unicode ? UnicodeMarkers : AsciiMarkers)[series];

    /// <summary>Sets a dot, counted from the top left.</summary>
    public void Set(int x, int y, int series, ChartColour colour)
    {
        if ((uint)x >= (uint)Width || (uint)y >= (uint)Height) return;
        bool braille = style.Unicode && (style.Colour || series == 0);
        int cell = style.Unicode ? (y / 4 * columns) + (x / 2) : (y * columns) + x;
        _colours[cell] = colour;
        if (braille) _dots[cell] |= Bits[(y % 4 * 2) + (x % 2)];
        else _markers[cell] = Marker(style, series);
    }

    /// <summary>Sets the dots of a straight line (Bresenham).</summary>
    public void Line(int x0, int y0, int x1, int y1, int series, ChartColour colour)
    {
        int dx = Math.Abs(x1 - x0);
        int dy = -Math.Abs(y1 - y0);
        int error = dx + dy;
        while (true)
        {
            Set(x0, y0, series, colour);
            if (x0 == x1 && y0 == y1) return;
            int doubled = 2 * error;
            if (doubled >= dy)
            {
                error += dy;
                x0 += Math.Sign(x1 - x0);
            }

            if (doubled <= dx)
            {
                error += dx;
                y0 += Math.Sign(y1 - y0);
            }
        }
    }

    /// <summary>One row as markup.</summary>
    public string Row(int row)
    {
        var text = new StringBuilder();
        string? open = null;
        for (int cell = row * columns; cell < (row + 1) * columns; cell++)
        {
            char shown = _markers[cell] != 0 ? _markers[cell] : _dots[cell] != 0 ? (char)(0x2800 + _dots[cell]) : ' ';
            string? colour = shown == ' ' ? null : _colours[cell].Markup();
            if (colour != open)
            {
                if (open is not null) text.Append("[/]");
                if (colour is not null) text.Append('[').Append(colour).Append(']');
                open = colour;
            }

            text.Append(shown);
        }

        return text.Append(open is null ? "" : "[/]").ToString();
    }
}
