using Engine.Bench.Compare;

namespace Engine.Bench.Sweep;

/// <summary>Measures lines: all points of a line take turns, round after round. A point that two lines share is measured once.</summary>
internal sealed class SweepMeasurement(SweepOptions options)
{
    private const int TileRows = 6;

    // Whole blocks, and a last one with units in its first half.
    private static readonly int[] WarmUpHidden = [16, 24];

    private static readonly TimeSpan QuickTime = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan ThoroughTime = TimeSpan.FromSeconds(20);

    private readonly Dictionary<Case, SweepPoint> _points = [];
    private readonly Rounds _rounds = options.Quick ? new(0.001, 9) : new(0.002, 15);

    /// <summary>All points measured so far.</summary>
    public IReadOnlyCollection<SweepPoint> Points => _points.Values;

    /// <summary>Lets the JIT come to its final code, for every height of a tile.</summary>
    public static void Prepare(IReadOnlyList<SweepLine> lines) => WarmUp.Run(
        [
            .. lines.SelectMany(line => line.Cases)
                .SelectMany(point => WarmUpHidden.Select(
                    hidden => point with { Hidden = hidden, Inputs = hidden, Steps = 2, Batch = Math.Min(point.Batch, TileRows) }))
                .Distinct()
                .Select(point => new SweepRunner(point)),
        ]);

    public IReadOnlyList<SweepPoint> Measure(SweepLine line)
    {
        TimeSpan budget = options.Quick ? QuickTime : ThoroughTime;
        Measure([.. line.Cases.Where(point => !_points.ContainsKey(point))], budget);
        return [.. line.Cases.Select(point => _points[point])];
    }

    /// <summary>
    /// The sizes of a measured line that stand out. Each is measured once more, beside its neighbours, before it counts: what another
    /// program on the machine did is gone by then.
    /// </summary>
    public IReadOnlyList<Cliff> Cliffs(SweepLine line)
    {
        foreach (Cliff suspect in Find(line))
        {
            if (suspect.Kind == CliffKind.FixedCost) continue;

            int first = Math.Max(0, suspect.Index - 2);
            Measure([.. line.Cases.Skip(first).Take(suspect.Index + 3 - first)], ThoroughTime);
        }

        return Find(line);
    }

    private IReadOnlyList<Cliff> Find(SweepLine line)
    {
        SweepPoint[] points = [.. line.Cases.Select(point => _points[point])];
        return CliffSearch.Find([.. points.Select(point => point.PsPerFlop)], [.. points.Select(point => point.PsPerPaddedFlop)]);
    }

    private void Measure(IReadOnlyList<Case> cases, TimeSpan budget)
    {
        if (cases.Count == 0) return;

        List<SweepRunner> runners = [];
        try
        {
            foreach (Case point in cases) runners.Add(new(point));
            Sample[] times = _rounds.Measure(runners, budget);
            for (int i = 0; i < times.Length; i++) _points[cases[i]] = new(cases[i], times[i]);
        }
        finally
        {
            foreach (SweepRunner runner in runners) runner.Dispose();
        }
    }
}
