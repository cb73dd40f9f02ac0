using Engine.Bench.Compare;

namespace Engine.Bench.Sweep;

/// <summary><c>sweep</c>: size after size, to see that no size costs much more than its neighbours.</summary>
internal static class SweepCommand
{
    public static int Run(ReadOnlySpan<string> args) => CommandLine.Run<SweepOptions>(args, Run);

    private static int Run(SweepOptions options)
    {
        IReadOnlyList<SweepLine> lines = SweepGrid.For(options);
        SweepMeasurement.Prepare(lines);
        int? core = options.Pin ? Machine.Pin() : null;
        var measurement = new SweepMeasurement(options);
        var report = new SweepReport(Console.Out);
        report.WriteHeader(core);
        foreach (SweepLine line in lines)
        {
            measurement.Measure(line);
            IReadOnlyList<Cliff> cliffs = measurement.Cliffs(line);
            report.Write(line, measurement.Measure(line), cliffs);
        }

        report.WriteFindings();
        if (options.JsonFile is { } json) SweepJson.Write(json, measurement.Points, report.Findings);
        if (options.SvgFile is { } svg) SweepChart.Write(svg, [.. lines.Select(line => (line, measurement.Measure(line)))]);
        return report.Findings.Any(finding => finding.Cliff.Kind == CliffKind.Cliff) ? 1 : 0;
    }
}
