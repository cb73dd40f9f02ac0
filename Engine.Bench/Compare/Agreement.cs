using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>Whether two engines compute the same thing.</summary>
internal static class Agreement
{
    /// <summary>Largest difference allowed, relative to the largest output.</summary>
    private const double Tolerance = 1e-4;

    /// <summary>Calls before the outputs are compared: from the second on, the state that came back counts.</summary>
    private const int Calls = 3;

    /// <summary>Outputs of some calls that begin with a zero state.</summary>
    public static float[] Outputs(Runner runner, CaseData data)
    {
        var y = new float[data.OutputCount];
        runner.Reset();
        for (int i = 0; i < Calls; i++) runner.Run();
        runner.ReadOutputs(y);
        return y;
    }

    /// <summary>Whether all outputs are alike; a NaN is like nothing.</summary>
    public static bool Holds(ReadOnlySpan<float> ours, ReadOnlySpan<float> theirs)
    {
        double largest = 0;
        foreach (float value in ours) largest = Math.Max(largest, Math.Abs(value));

        for (int i = 0; i < ours.Length; i++)
        {
            if (!(Math.Abs((double)ours[i] - theirs[i]) <= Tolerance * largest)) return false;
        }

        return true;
    }
}
