using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Engine.Bench.Compare;
using Engine.Bench.Peers;

namespace Engine.Bench;

/// <summary>
/// One recurrent layer through Engine's public call and through those peers that run in this process, each a category of its own. Outputs are
/// checked against Engine's first. A peer that is not installed fails with the line that installs it; PyTorch, which times itself in
/// another process, is measured by <c>compare</c> only.
/// </summary>
[MemoryDiagnoser]
[CategoriesColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByParams)]
public abstract class PeerBenchmarks : IDisposable
{
    private IPeer? _peer;
    private InferenceRunner _runner = null!;

    [Params(Cell.Lstm, Cell.Gru, Cell.Rnn)]
    public Cell Cell { get; set; }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("Engine")]
    public void Engine() => _runner.Run();

    [Benchmark]
    [BenchmarkCategory("naive C#")]
    public void Naive() => _runner.Run();

    [Benchmark]
    [BenchmarkCategory("Tensors")]
    public void Tensors() => _runner.Run();

    [Benchmark]
    [BenchmarkCategory("oneDNN")]
    public void OneDnn() => _runner.Run();

    [Benchmark]
    [BenchmarkCategory("ONNX Runtime")]
    public void OnnxRuntime() => _runner.Run();

    [GlobalSetup(Target = nameof(Engine))]
    public void PrepareEngine() => Prepare(new EnginePeer());

    [GlobalSetup(Target = nameof(Naive))]
    public void PrepareNaive() => Prepare(new NaivePeer());

    [GlobalSetup(Target = nameof(Tensors))]
    public void PrepareTensors() => Prepare(new TensorsPeer());

    [GlobalSetup(Target = nameof(OneDnn))]
    public void PrepareOneDnn()
    {
        // Read when the library is loaded.
        Machine.SetNativeVariable("OMP_NUM_THREADS", "1");
        Prepare(new OneDnnPeer());
    }

    [GlobalSetup(Target = nameof(OnnxRuntime))]
    public void PrepareOnnxRuntime() => Prepare(new OnnxRuntimePeer());

    [GlobalCleanup]
    public void Dispose()
    {
        _runner?.Dispose();
        _peer?.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>What one call computes.</summary>
    internal abstract Case Sizes();

    private void Prepare(IPeer peer)
    {
        if (peer.Missing is { } line) throw new InvalidOperationException($"{peer.Name} is not installed: {line}");
        _peer = peer;
        var data = new CaseData(Sizes());
        _runner = peer.Prepare(data);
        using var engine = new EnginePeer();
        using InferenceRunner ours = engine.Prepare(data);
        if (!Agreement.Holds(Agreement.Outputs(ours, data), Agreement.Outputs(_runner, data), peer.Tolerance))
            throw new InvalidOperationException($"{peer.Name} computes something else than Engine for {data.Sizes}.");
    }
}
