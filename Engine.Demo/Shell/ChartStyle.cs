namespace Engine.Demo.Shell;

/// <summary>What the terminal can show: which characters, and whether colours tell series apart.</summary>
/// <param name="Unicode">Braille dots, blocks and Greek letters, or ASCII alone.</param>
/// <param name="Colour">Whether colours are shown.</param>
internal sealed record ChartStyle(bool Unicode, bool Colour)
{
    public char Tick => Unicode ? '✓' : '+';

    public char Cross => Unicode ? '✗' : 'x';

    public char Axis => Unicode ? '│' : '|';

    /// <summary>A model's description, whose arrows are not ASCII.</summary>
    public string Describe(ModelSpec spec) => Unicode ? spec.ToString() : spec.ToString().Replace("→", "->", StringComparison.Ordinal);

    public string Micro => Unicode ? "µs" : "us";
}

/// <summary>Colours of series, by their names in Spectre's markup.</summary>
internal enum ChartColour
{
    Green,
    Yellow,
    Red,
    Blue,
    Grey,
}

internal static class ChartColours
{
    public static string Markup(this ChartColour colour) => colour switch
    {
        ChartColour.Green => "green",
        ChartColour.Yellow => "yellow",
        ChartColour.Red => "red",
        ChartColour.Blue => "blue",
        _ => "grey",
    };
}
