using BenchmarkDotNet.Attributes;

namespace Engine.Bench;

/// <summary>One layer with each weight format.</summary>
public class StepFormatBenchmarks : ModelStepBenchmarks
{
    [Params(Cell.Lstm, Cell.Gru, Cell.Rnn)]
    public Cell Cell { get; set; }

    [Params(64, 256, 1024)]
    public int Hidden { get; set; }

    [Params(WeightFormat.Float32, WeightFormat.BFloat16, WeightFormat.Int8)]
    public WeightFormat Format { get; set; }

    protected override SequenceModel CreateModel()
    {
        using SequenceModel trained = Workload.Model(Workload.Spec(Cell, Hidden, Hidden));
        return trained.ForInference(new InferenceOptions { Weights = Format });
    }
}
