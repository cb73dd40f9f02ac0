using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>
/// A whole training step, T = 100, B = 32: forward, loss, backward with the inputs' gradient, clipping, Adam. No head, so that the
/// figures are those of the recurrent layer.
/// </summary>
[MemoryDiagnoser]
public class TrainingBenchmarks : IDisposable
{
    private const int Steps = 100;
    private const int Batch = 32;

    private SequenceModel _model = null!;
    private Trainer _trainer = null!;
    private float[] _x = null!;
    private float[] _targets = null!;

    [Params(Cell.Lstm, Cell.Gru, Cell.Rnn)]
    public Cell Cell { get; set; }

    [Params(64, 128)]
    public int Hidden { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _model = Workload.Model(Workload.Spec(Cell, Hidden, Hidden));
        _trainer = new(_model, new() { SequenceLength = Steps, BatchSize = Batch, ClipNorm = 1, InputGradient = true });
        _x = Workload.Values(Steps * Batch * Hidden);
        _targets = Workload.Values(Steps * Batch * Hidden, seed: 2);
    }

    [Benchmark]
    public TrainingStep Step() => _trainer.Step(_x, _targets);

    [GlobalCleanup]
    public void Dispose()
    {
        _trainer?.Dispose();
        _model?.Dispose();
        GC.SuppressFinalize(this);
    }
}
