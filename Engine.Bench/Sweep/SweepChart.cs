using Engine.Bench.Compare;

namespace Engine.Bench.Sweep;

/// <summary>Cost per operation over size: a panel per kind of line, a line per cell.</summary>
internal static class SweepChart
{
    private const int Ticks = 5;

    public static void Write(string file, IReadOnlyList<(SweepLine Line, IReadOnlyList<SweepPoint> Points)> lines)
    {
        var chart = new LineChart
        {
            Title = "Time per floating-point operation over sizes",
            Names = [.. lines.Select(line => line.Line.Cases[0].CellName).Distinct()],
            Unit = power => $"{Math.Pow(10, power):0.####} ps",
            Dots = false,
        };
        ChartPanel[] panels =
        [
            .. lines.GroupBy(line => line.Line.Name).Select(group => new ChartPanel(
                group.Key, TicksOf(group.First().Line),
                [.. group.Select(line => new ChartLine(line.Line.Cases[0].CellName, [.. line.Points.Select(point => Point(line.Line, point))]))])),
        ];
        File.WriteAllText(file, chart.Draw(panels, columns: 3));
    }

    private static ChartPoint Point(SweepLine line, SweepPoint point) => new(
        Place(line, line.SizeOf(point.Case)), point.PsPerFlop,
        $"{line.Cases[0].CellName}, {line.Letter}={line.SizeOf(point.Case)}: {point.PsPerFlop:0.00} ps per operation, {point.MedianUs:0.00} µs");

    // Sizes side by side show a saw-tooth as it is; lengths grow tenfold.
    private static double Place(SweepLine line, int size) => line.Axis == SweepAxis.Steps ? Math.Log2(size) : size;

    private static ChartTick[] TicksOf(SweepLine line)
    {
        int[] sizes = [.. line.Cases.Select(line.SizeOf)];
        IEnumerable<int> shown = sizes.Length <= Ticks ? sizes : Enumerable.Range(0, Ticks).Select(i => sizes[i * (sizes.Length - 1) / (Ticks - 1)]);
        return [.. shown.Select(size => new ChartTick(Place(line, size), $"{size}"))];
    }
}
