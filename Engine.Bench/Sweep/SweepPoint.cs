using System.Text.Json.Serialization;
using Engine.Bench.Compare;

namespace Engine.Bench.Sweep;

/// <summary>One measured case, as it stands in the JSON file.</summary>
/// <param name="Case">The sizes.</param>
/// <param name="Time">Of one call, in microseconds.</param>
internal sealed record SweepPoint([property: JsonIgnore] Case Case, [property: JsonIgnore] Sample Time)
{
    // What the kernels pad units to.
    private const int Block = 16;

    public string Workload => Case.Workload.ToString().ToLowerInvariant();

    public string Cell => Case.Cell.ToString().ToLowerInvariant();

    [JsonPropertyName("I")]
    public int Inputs => Case.Inputs;

    [JsonPropertyName("H")]
    public int Hidden => Case.Hidden;

    [JsonPropertyName("T")]
    public int Steps => Case.Steps;

    [JsonPropertyName("B")]
    public int Batch => Case.Batch;

    public double MedianUs => Time.Median;

    public double P10Us => Time.P10;

    public double P90Us => Time.P90;

    public double NsPerTimeStep => Time.Median * 1e3 / Case.Steps;

    public double NsPerStreamStep => NsPerTimeStep / Case.Batch;

    /// <summary>By the operations of the description, which are what a user asked for.</summary>
    public double PsPerFlop => Time.Median * 1e6 / Flops;

    /// <summary>By the operations with units rounded up to whole blocks.</summary>
    public double PsPerPaddedFlop => PsPerFlop * Case.Hidden / PaddedHidden;

    public double Gflops => Flops / Time.Median / 1e3;

    private double Flops => Case is TrainingCase training ? training.StepFlops(new(WholeStep: true, InputGradient: false)) : Case.Flops;

    private double PaddedHidden => (Case.Hidden + Block - 1) / Block * Block;
}
