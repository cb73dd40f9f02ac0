using System.Globalization;

namespace Engine.Bench.Compare;

/// <summary>The table that people read, at most 100 columns wide; a line is written as soon as its case is measured.</summary>
/// <param name="output">Where it goes.</param>
/// <param name="engines">Columns, ours first.</param>
/// <param name="speedups">Whether every engine has its ratio to the first, rather than the first to the best of the others.</param>
internal sealed class ConsoleTable(TextWriter output, IReadOnlyList<string> engines, bool speedups)
{
    private const int SizeWidth = 10;
    private const int EngineWidth = 10;
    private const int TailWidth = 8;

    private string? _section;

    /// <summary>Writes one case: our row first, then those of the peers that ran it.</summary>
    public void Write(Case sizes, IReadOnlyList<ResultRow> rows)
    {
        string section = $"{sizes.Heading}, µs per call";
        if (section != _section) WriteHeading(section);
        _section = section;

        ResultRow ours = rows[0];
        ResultRow? best = rows.Skip(1).Where(row => row.Agrees).MinBy(row => row.MedianUs);
        output.Write($"  H={sizes.Hidden}".PadRight(SizeWidth));
        foreach (string engine in engines)
        {
            ResultRow? row = rows.FirstOrDefault(r => r.Engine == engine);
            output.Write((row is null ? "–" : Number(row.MedianUs) + (row.Agrees ? "" : "!")).PadLeft(EngineWidth));
        }

        if (speedups) foreach (ResultRow row in rows.Skip(1)) output.Write($"{ours.MedianUs / row.MedianUs:0.00}×".PadLeft(TailWidth));
        else output.Write((best is null ? "–" : $"{best.MedianUs / ours.MedianUs:0.00}×").PadLeft(TailWidth));
        output.Write($"{ours.ShareOfLimit:0 %}".PadLeft(TailWidth));
        output.WriteLine($"{(ours.P90Us - ours.P10Us) / ours.MedianUs:0 %}".PadLeft(TailWidth));
    }

    /// <summary>How to read the table.</summary>
    /// <param name="lines">What is to be said of this comparison.</param>
    public void WriteLegend(IReadOnlyList<string> lines)
    {
        output.WriteLine();
        output.WriteLine(
            (speedups ? "ratio: Engine / the format" : "ratio: fastest peer that agrees / Engine")
            + " · limit: Engine's share of what the machine allows");
        output.WriteLine("spread: (p90 − p10) / median of Engine");
        foreach (string line in lines) output.WriteLine(line);
    }

    private void WriteHeading(string section)
    {
        output.WriteLine();
        output.WriteLine(section);
        output.Write(new string(' ', SizeWidth));
        foreach (string engine in engines) output.Write(engine.PadLeft(EngineWidth));
        for (int i = 1; i < (speedups ? engines.Count : 2); i++) output.Write("ratio".PadLeft(TailWidth));
        output.WriteLine("limit".PadLeft(TailWidth) + "spread".PadLeft(TailWidth));
    }

    // Three significant digits, whole numbers from 100 on.
    private static string Number(double value) => value switch
    {
        >= 100 => value.ToString("0", CultureInfo.InvariantCulture),
        >= 10 => value.ToString("0.0", CultureInfo.InvariantCulture),
        >= 1 => value.ToString("0.00", CultureInfo.InvariantCulture),
        _ => value.ToString("0.000", CultureInfo.InvariantCulture),
    };
}
