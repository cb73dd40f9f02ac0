using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>One time step of one stream through the public call.</summary>
[MemoryDiagnoser]
public class StepBenchmarks : IDisposable
{
    private SequenceModel _model = null!;
    private StreamState _state = null!;
    private float[] _x = null!;
    private float[] _y = null!;

    [Params(Cell.Lstm, Cell.Gru, Cell.Rnn)]
    public Cell Cell { get; set; }

    [Params(16, 64, 128, 256)]
    public int Hidden { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _model = Workload.Model(Workload.Spec(Cell, Hidden, Hidden));
        _state = _model.CreateState();
        _x = Workload.Values(Hidden);
        _y = new float[Hidden];
    }

    [Benchmark]
    public void Step() => _model.Step(_state, _x, _y);

    [GlobalCleanup]
    public void Dispose()
    {
        _state?.Dispose();
        _model?.Dispose();
        GC.SuppressFinalize(this);
    }
}
