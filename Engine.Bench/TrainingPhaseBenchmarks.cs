using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>
/// The phases of a training step without a head, T = 100, B = 32: forward; backward with the inputs' gradient; clipping and Adam. Each
/// measurement is one call, because each phase needs the one before.
/// </summary>
public class TrainingPhaseBenchmarks : IDisposable
{
    private const int Steps = 100;
    private const int Batch = 32;

    private SequenceModel _model = null!;
    private Trainer _trainer = null!;
    private float[] _x = null!;
    private float[] _outputGradient = null!;

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
        _outputGradient = Workload.Values(Steps * Batch * Hidden, seed: 2);
    }

    [IterationSetup(Target = nameof(Backward))]
    public void BeforeBackward() => _trainer.Forward(_x);

    [IterationSetup(Target = nameof(Update))]
    public void BeforeUpdate()
    {
        _trainer.Forward(_x);
        _trainer.Backward(_outputGradient);
    }

    [Benchmark]
    public void Forward() => _trainer.Forward(_x);

    [Benchmark]
    public void Backward() => _trainer.Backward(_outputGradient);

    [Benchmark]
    public TrainingStep Update() => _trainer.Update();

    [GlobalCleanup]
    public void Dispose()
    {
        _trainer?.Dispose();
        _model?.Dispose();
        GC.SuppressFinalize(this);
    }
}
