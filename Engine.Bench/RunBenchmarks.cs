using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>100 time steps in one call, for one stream and for 32 side by side.</summary>
[MemoryDiagnoser]
public class RunBenchmarks : IDisposable
{
    private const int Steps = 100;

    private SequenceModel _model = null!;
    private StreamState _state = null!;
    private float[] _x = null!;
    private float[] _y = null!;

    [Params(Cell.Lstm, Cell.Gru, Cell.Rnn)]
    public Cell Cell { get; set; }

    [Params(64, 128)]
    public int Hidden { get; set; }

    [Params(1, 32)]
    public int Batch { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _model = Workload.Model(Workload.Spec(Cell, Hidden, Hidden));
        _state = _model.CreateState(Batch);
        _x = Workload.Values(Steps * Batch * Hidden);
        _y = new float[Steps * Batch * Hidden];
    }

    [Benchmark]
    public void Run() => _model.Run(_state, _x, _y);

    [GlobalCleanup]
    public void Dispose()
    {
        _state?.Dispose();
        _model?.Dispose();
        GC.SuppressFinalize(this);
    }
}
