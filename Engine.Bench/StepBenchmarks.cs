using BenchmarkDotNet.Attributes;
using Engine.Bench.Compare;

namespace Engine.Bench;

/// <summary>One time step of one stream.</summary>
public class StepBenchmarks : PeerBenchmarks
{
    [Params(16, 64, 128, 256)]
    public int Hidden { get; set; }

    internal override Case Sizes() => new(WorkloadKind.Step, Cell, Hidden, Hidden, Steps: 1, Batch: 1);
}
