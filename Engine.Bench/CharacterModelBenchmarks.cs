using BenchmarkDotNet.Attributes;
using Engine.Bench.Compare;
using Engine.Bench.Peers;

namespace Engine.Bench;

/// <summary>
/// A whole training step of a model of characters: 96 tokens, embedding of 64, two LSTM layers of 256, 96 classes, T = 100, B = 32.
/// </summary>
[MemoryDiagnoser]
public class CharacterModelBenchmarks : IDisposable
{
    private EngineTrainingRunner _training = null!;

    [GlobalSetup]
    public void Setup() => _training = new(new(TrainingCaseList.CharacterModel));

    [Benchmark]
    public void Step() => _training.Run();

    [GlobalCleanup]
    public void Dispose()
    {
        _training?.Dispose();
        GC.SuppressFinalize(this);
    }
}
