using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>An LSTM of one input with a linear layer behind it, as most models have; 0 outputs: without.</summary>
public class StepHeadBenchmarks : ModelStepBenchmarks
{
    [Params(8, 16, 32, 64)]
    public int Hidden { get; set; }

    [Params(0, 1, 4, 10, 16)]
    public int Outputs { get; set; }

    protected override SequenceModel CreateModel()
    {
        ModelSpec layer = Workload.Spec(Cell.Lstm, inputs: 1, Hidden);
        return Workload.Model(Outputs == 0 ? layer : layer.Linear(Outputs));
    }
}
