using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>One time step of one stream of an LSTM of one input with a linear layer behind it, as most models have; 0 outputs: without.</summary>
[MemoryDiagnoser]
public class StepHeadBenchmarks : IDisposable
{
    private readonly float[] _x = [0.5f];
    private SequenceModel _model = null!;
    private StreamState _state = null!;
    private float[] _y = null!;

    [Params(8, 16, 32, 64)]
    public int Hidden { get; set; }

    [Params(0, 1, 4, 16)]
    public int Outputs { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        ModelSpec layer = Workload.Spec(Cell.Lstm, inputs: 1, Hidden);
        _model = Workload.Model(Outputs == 0 ? layer : layer.Linear(Outputs));
        _state = _model.CreateState();
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
}
