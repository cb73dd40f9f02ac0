using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>Steps and sequences of one layer: equal outputs, then time per call.</summary>
internal sealed class InferenceComparison(CompareOptions options, TextWriter output) : Comparison<Case, IPeer>(options, output)
{
    private const int WarmUpHidden = 16;

    protected override IReadOnlyList<Case> Cases { get; } = CaseList.For(options);

    protected override IReadOnlyList<string> Legend { get; } = ["–: not run, one call takes too long · !: outputs differ, not ranked"];

    protected override bool Speedups => Formats;

    private bool Formats { get; } = options.Formats;

    protected override List<IPeer> MakeEngines() =>
        Formats
            ? [.. AllFormats()]
            : [new EnginePeer(), new NaivePeer(), new TensorsPeer(), new OneDnnPeer(), new OnnxRuntimePeer(), new PyTorchPeer()];

    protected override List<Runner> WarmUpRunners()
    {
        IPeer[] engines = Formats ? [.. AllFormats()] : [new EnginePeer(), new NaivePeer(), new TensorsPeer()];
        var runners = new List<Runner>();
        foreach (Case kind in Cases.Select(c => c with { Hidden = WarmUpHidden, Inputs = WarmUpHidden, Steps = Math.Min(c.Steps, 2) }).Distinct())
        {
            var data = new CaseData(kind);
            runners.AddRange(engines.Select(engine => engine.Prepare(data)));
        }

        return runners;
    }

    protected override bool Takes(IPeer engine, Case sizes) => engine.CanRun(sizes);

    protected override List<ResultRow> Measure(Case sizes, List<IPeer> engines, Func<IReadOnlyList<Runner>, Sample[]> time, MachineLimits limits)
    {
        var data = new CaseData(sizes);
        var runners = new List<InferenceRunner>();
        try
        {
            foreach (IPeer engine in engines) runners.Add(engine.Prepare(data));
            float[] ours = Agreement.Outputs(runners[0], data);
            bool[] agree = [.. runners.Select((runner, i) => Agreement.Holds(ours, Agreement.Outputs(runner, data), engines[i].Tolerance))];
            Sample[] times = time(runners);
            return
            [
                .. engines.Select((engine, i) => ResultRow.Of(
                    sizes, engine.Name, times[i], agree[i], sizes.Flops, limits.Seconds(sizes with { WeightSize = engine.WeightSize })) with
                {
                    Format = engine.Format,
                }),
            ];
        }
        finally
        {
            foreach (InferenceRunner runner in runners) runner.Dispose();
        }
    }

    private static IEnumerable<IPeer> AllFormats() => EnginePeer.Ways.Select(way => new EnginePeer(way));
}
