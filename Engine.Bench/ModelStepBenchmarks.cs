using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>One time step of one stream of a whole model, which the deriving class makes.</summary>
[MemoryDiagnoser]
public abstract class ModelStepBenchmarks : IDisposable
{
    private SequenceModel _model = null!;
    private StreamState _state = null!;
    private float[] _x = null!;
    private float[] _y = null!;

    [GlobalSetup]
    public void Setup()
    {
        _model = CreateModel();
        _state = _model.CreateState();
        _x = Workload.Values(_model.InputSize);
        _y = new float[_model.OutputSize];
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

    protected abstract SequenceModel CreateModel();
}
