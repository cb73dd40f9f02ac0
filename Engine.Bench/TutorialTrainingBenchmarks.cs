using BenchmarkDotNet.Attributes;
using Engine.Bench.Compare;
using Engine.Bench.Peers;

namespace Engine.Bench;

/// <summary>A whole training step at the sizes of most tutorials on forecasting: one feature, 50 units, one output, B = 32.</summary>
[MemoryDiagnoser]
public class TutorialTrainingBenchmarks : IDisposable
{
    private EngineTrainingRunner _training = null!;

    [Params(Cell.Lstm, Cell.Gru)]
    public Cell Cell { get; set; }

    [Params(5, 50)]
    public int Steps { get; set; }

    [GlobalSetup]
    public void Setup() => _training = new(new(TrainingCaseList.Tutorial(Cell, Steps)));

    [Benchmark]
    public void Step() => _training.Run();

    [GlobalCleanup]
    public void Dispose()
    {
        _training?.Dispose();
        GC.SuppressFinalize(this);
    }
}
