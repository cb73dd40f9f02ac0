using BenchmarkDotNet.Attributes;
using Engine.Bench.Compare;

namespace Engine.Bench;

/// <summary>100 time steps in one call, for one stream and for 32 side by side.</summary>
public class RunBenchmarks : PeerBenchmarks
{
    [Params(64, 128)]
    public int Hidden { get; set; }

    [Params(1, 32)]
    public int Batch { get; set; }

    internal override Case Sizes() => new(WorkloadKind.Run, Cell, Hidden, Hidden, Steps: 100, Batch);
}
