using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>Whether two engines compute the same thing.</summary>
internal static class Agreement
{
    /// <summary>Largest difference allowed, relative to the largest output, between engines that compute with float32.</summary>
    public const double Tolerance = 1e-4;

    /// <summary>
    /// The same for losses and gradients over some steps. Adam moves a weight by the whole learning rate even where only rounding decides the
    /// sign of its gradient.
    /// </summary>
    private const double TrainingTolerance = 5e-4;

    /// <summary>Calls before the outputs are compared: from the second on, the state that came back counts.</summary>
    private const int Calls = 3;

    /// <summary>Outputs of some calls that begin with a zero state.</summary>
    public static float[] Outputs(InferenceRunner runner, CaseData data)
    {
        var y = new float[data.OutputCount];
        runner.Reset();
        for (int i = 0; i < Calls; i++) runner.Run();
        runner.ReadOutputs(y);
        return y;
    }

    /// <summary>Whether all losses and gradients are alike, each tensor measured by its own largest value.</summary>
    public static bool Holds(IReadOnlyList<float[]> ours, IReadOnlyList<float[]> theirs) =>
        ours.Count == theirs.Count
        && ours.Zip(theirs).All(pair => pair.First.Length == pair.Second.Length && Holds(pair.First, pair.Second, TrainingTolerance));

    /// <summary>Whether all outputs are alike; a NaN is like nothing.</summary>
    public static bool Holds(ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs, double tolerance)
    {
        double largest = 0;
        foreach (float value in ours) largest = Math.Max(largest, Math.Abs(value));

        for (int i = 0; i < ours.Length; i++)
        {
            if (!(Math.Abs((double)ours[i] - theirs[i]) <= tolerance * largest)) return false;
        }

        return true;
    }
}
