using Engine.Demo.Tasks;

namespace Engine.Demo.Shell;

/// <summary>What came of one task with one cell.</summary>
/// <param name="Contrast">Whether it was shown only to be compared with, and does not count.</param>
internal sealed record TaskResult(
    string Task, Cell Cell, double Before, double After, Baseline Baseline, double StepsPerSecond, StepLatency Latency, bool Contrast)
{
    /// <summary>A loss has to be this much below the baseline to count: less may be luck.</summary>
    public const double Margin = 0.1;

    public bool BeatsBaseline => After < (1 - Margin) * Baseline.Loss;
}
