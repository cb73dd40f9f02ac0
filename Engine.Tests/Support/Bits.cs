using NUnit.Framework;

namespace Engine.Tests.Support;

/// <summary>Comparisons to the bit, and in units of the last place.</summary>
internal static class Bits
{
    /// <summary>Fails at the first value whose bits differ; any NaN equals any other.</summary>
    public static void AreEqual(ReadOnlySpan<float> actual, ReadOnlySpan<float> expected, string what)
    {
        Assert.That(actual.Length, Is.EqualTo(expected.Length), what);
        for (int i = 0; i < expected.Length; i++)
        {
            if (!Same(actual[i], expected[i])) Assert.Fail($"{what}: value {i} is {actual[i]:R}; expected {expected[i]:R}.");
        }
    }

    public static bool Same(float a, float b) =>
        BitConverter.SingleToInt32Bits(a) == BitConverter.SingleToInt32Bits(b) || (float.IsNaN(a) && float.IsNaN(b));

    /// <summary>How far a float is from the truth, in units of the last place that the truth has as a float.</summary>
    public static double UlpsFrom(double truth, float actual)
    {
        if (double.IsNaN(truth)) return float.IsNaN(actual) ? 0 : double.PositiveInfinity;
        if (Same(actual, (float)truth)) return Math.Abs(truth) > float.MaxValue ? 0 : Math.Abs(actual - truth) / UlpOf(truth);
        return float.IsFinite(actual) ? Math.Abs(actual - truth) / UlpOf(truth) : double.PositiveInfinity;
    }

    private static double UlpOf(double truth)
    {
        double size = Math.Min(Math.Abs(truth), float.MaxValue);
        int exponent = size == 0 ? -126 : Math.Max(Math.ILogB(size), -126);
        return Math.ScaleB(1, exponent - 23);
    }
}
