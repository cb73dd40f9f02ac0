using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>Training steps: equal losses and gradients, then time per step.</summary>
internal sealed class TrainingComparison(CompareOptions options, TextWriter output) : Comparison<TrainingCase, ITrainingPeer>(options, output)
{
    private const int WarmUpHidden = 16;

    protected override IReadOnlyList<TrainingCase> Cases { get; } = TrainingCaseList.For(options);

    protected override IReadOnlyList<string> Legend { get; } =
    [
        "limit: counts the matrix products alone, against the multiply-adds of one core",
        "–: cannot train this model · !: losses or gradients differ, not ranked",
        "Engine, PyTorch: whole steps of recurrent layer and linear layer (1 output, squared error; with",
        "  tokens 96 classes, cross-entropy), clipping, Adam. Where I=H, Engine computes the inputs' gradient",
        "  too, which PyTorch leaves out because nothing needs it",
        "oneDNN: forward and backward of the recurrent layer alone, with the inputs' gradient: no linear",
        "  layer, loss, clipping or optimizer, and its weights are reordered beforehand",
    ];

    protected override List<ITrainingPeer> MakeEngines() => [new EnginePeer(), new OneDnnPeer(), new PyTorchPeer()];

    protected override List<Runner> WarmUpRunners() =>
    [
        .. Cases.Select(c => c with { Hidden = WarmUpHidden, Inputs = WarmUpHidden, Steps = 2 }).Distinct()
            .Select(kind => new EngineTrainingRunner(new TrainingData(kind))),
    ];

    protected override bool Takes(ITrainingPeer engine, TrainingCase sizes) => engine.CanTrain(sizes);

    protected override List<ResultRow> Measure(
        TrainingCase sizes, List<ITrainingPeer> engines, Func<IReadOnlyList<Runner>, Sample[]> time, MachineLimits limits)
    {
        var data = new TrainingData(sizes);
        var runners = new List<TrainingRunner>();
        try
        {
            foreach (ITrainingPeer engine in engines) runners.Add(engine.Prepare(data));
            IReadOnlyList<float[]> step = runners[0].FirstCalls();
            bool[] agree =
            [
                true,
                .. engines.Skip(1).Select((engine, i) => Agreement.Holds(
                    engine.WorkOf(sizes).WholeStep ? step : EngineTrainingRunner.LayerGradients(data), runners[i + 1].FirstCalls())),
            ];
            Sample[] times = time(runners);
            return [.. engines.Select((engine, i) => Row(engine, times[i], agree[i]))];
        }
        finally
        {
            foreach (TrainingRunner runner in runners) runner.Dispose();
        }

        ResultRow Row(ITrainingPeer engine, Sample time, bool agrees)
        {
            double flops = sizes.StepFlops(engine.WorkOf(sizes));
            return ResultRow.Of(sizes, engine.Name, time, agrees, flops, flops / limits.PeakFlops);
        }
    }

    // One size alone makes no line.
    protected override bool Charted(ResultRow row) => row.Inputs == row.Hidden;

    protected override IReadOnlyList<MemoryRow>? MeasureMemory() => Options.Memory || !Options.Quick ? PeakMemory.Measure(Output) : null;
}
