using System.Runtime.InteropServices;
using Engine.Bench.Compare;
using Engine.Kernels;

namespace Engine.Bench.Sweep;

/// <summary>A size that stands out, and where.</summary>
internal sealed record Finding(SweepLine Line, SweepPoint Point, Cliff Cliff);

/// <summary>What people read: a line of summary per line of sizes, then what stands out, at most 110 columns wide.</summary>
internal sealed class SweepReport(TextWriter output)
{
    private const int TitleWidth = 44;
    private const int FewStreams = 16;

    // Rounds differ by a few per cent on a machine that others use.
    private const double Noise = 0.05;

    private readonly List<Finding> _findings = [];

    public IReadOnlyList<Finding> Findings => _findings;

    public void WriteHeader(int? core)
    {
        string where = core is { } number ? $"pinned to core {number}" : "not pinned";
        output.WriteLine(
            $"{Machine.ProcessorName} · {RuntimeInformation.FrameworkDescription} · {InstructionSets.Best} · one thread, {where}");
        output.WriteLine("worst: cost per operation against the neighbours; padded: the same with units up to whole blocks of 16");
        output.WriteLine();
        output.WriteLine($"{"line, I=H",-TitleWidth}{"GFLOP/s",16}{"worst",8}{"at",8}{"padded",8}{"at",8}");
    }

    public void Write(SweepLine line, IReadOnlyList<SweepPoint> points, IReadOnlyList<Cliff> cliffs)
    {
        double[] costs = [.. points.Select(point => point.PsPerFlop)];
        double[] padded = [.. points.Select(point => point.PsPerPaddedFlop)];
        int worst = WorstOf(costs), worstPadded = WorstOf(padded);
        output.WriteLine(
            $"{line.Title,-TitleWidth}{$"{points.Min(p => p.Gflops):0.0}–{points.Max(p => p.Gflops):0.0}",16}"
            + $"{CliffSearch.Ratio(costs, worst),7:0.00}×{$"{line.Letter}={line.SizeOf(points[worst].Case)}",8}"
            + $"{CliffSearch.Ratio(padded, worstPadded),7:0.00}×{$"{line.Letter}={line.SizeOf(points[worstPadded].Case)}",8}");
        _findings.AddRange(cliffs.Select(cliff => new Finding(line, points[cliff.Index], cliff)));
        if (line.Axis == SweepAxis.Batch) WriteStreams([.. points.TakeWhile(point => point.Batch <= FewStreams)]);
    }

    public void WriteFindings()
    {
        Finding[] cliffs = [.. _findings.Where(finding => finding.Cliff.Kind == CliffKind.Cliff)];
        output.WriteLine();
        output.WriteLine($"cliffs, more than {CliffSearch.Threshold}× the neighbours and not from padding: {(cliffs.Length == 0 ? "none" : "")}");
        foreach (Finding finding in cliffs)
        {
            output.WriteLine(
                $"  {finding.Line.Title,-TitleWidth}{Place(finding),8}{finding.Cliff.Ratio,7:0.00}× padded {finding.Cliff.PaddedRatio:0.00}×"
                + $"  {finding.Point.MedianUs:0.00} µs");
        }

        WriteGroups(CliffKind.Padding, "from padding: just above a multiple of 16 units, up to the next one is paid for");
        WriteGroups(CliffKind.FixedCost, "from fixed cost: the smallest sizes share a call's cost by few operations");
    }

    // Cost per stream must fall with B: more streams share each weight that is read.
    private void WriteStreams(SweepPoint[] points)
    {
        double[] costs = [.. points.Select(point => point.NsPerStreamStep)];
        output.WriteLine($"    ns per stream and step, B={string.Join(' ', points.Select(point => point.Batch))}: {string.Join(' ', costs.Select(cost => cost.ToString(cost < 100 ? "0.0" : "0")))}");
        IReadOnlyList<int> rises = CliffSearch.Rises(costs, Noise);
        if (rises.Count > 0)
        {
            output.WriteLine(
                $"    rises by more than {Noise:0 %} at {string.Join(", ", rises.Select(i => $"B={points[i].Batch} ({(costs[i] / costs[i - 1]) - 1:+0 %})"))}");
        }
    }

    private void WriteGroups(CliffKind kind, string heading)
    {
        IGrouping<SweepLine, Finding>[] groups = [.. _findings.Where(finding => finding.Cliff.Kind == kind).GroupBy(finding => finding.Line)];
        if (groups.Length == 0) return;

        output.WriteLine(heading);
        foreach (IGrouping<SweepLine, Finding> group in groups)
        {
            output.WriteLine(
                $"  {group.Key.Title,-TitleWidth}{string.Join(", ", group.Select(finding => $"{Place(finding)} ({finding.Cliff.Ratio:0.00}×)"))}");
        }
    }

    private static string Place(Finding finding) => $"{finding.Line.Letter}={finding.Line.SizeOf(finding.Point.Case)}";

    private static int WorstOf(double[] costs) => Enumerable.Range(0, costs.Length).MaxBy(i => CliffSearch.Ratio(costs, i));
}
