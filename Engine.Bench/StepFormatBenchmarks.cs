using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>One time step of one stream with each weight format.</summary>
[MemoryDiagnoser]
public class StepFormatBenchmarks : IDisposable
{
    private SequenceModel _model = null!;
    private StreamState _state = null!;
    private float[] _x = null!;
    private float[] _y = null!;

    [Params(Cell.Lstm, Cell.Gru, Cell.Rnn)]
    public Cell Cell { get; set; }

    [Params(64, 256, 1024)]
    public int Hidden { get; set; }

    [Params(WeightFormat.Float32, WeightFormat.BFloat16, WeightFormat.Int8)]
    public WeightFormat Format { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        using SequenceModel trained = Workload.Model(Workload.Spec(Cell, Hidden, Hidden));
        _model = trained.ForInference(new InferenceOptions { Weights = Format });
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
