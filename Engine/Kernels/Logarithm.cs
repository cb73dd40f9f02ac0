namespace Engine.Kernels;

/// <summary>A natural logarithm of our own: the runtime's differs from platform to platform in its last bit.</summary>
internal static class Logarithm
{
    private const double Ln2 = 0.69314718055994530942;
    private const double SqrtHalf = 0.70710678118654752440;

    /// <summary>ln x for normal x &gt; 0, to about 1e-16: x = 2ᵉ·m with m around 1, and ln m = 2·atanh((m−1)/(m+1)).</summary>
    public static double Natural(double x)
    {
        if (!(x > 0) || double.IsPositiveInfinity(x)) return x == 0 ? double.NegativeInfinity : x > 0 ? x : double.NaN;

        int exponent = Math.ILogB(x) + 1;
        double m = Math.ScaleB(x, -exponent);
        if (m < SqrtHalf)
        {
            m *= 2;
            exponent--;
        }

        double s = (m - 1) / (m + 1);
        double s2 = s * s;

        // |s| is at most 0.172, so the term s^23/23 is below the last bit.
        double sum = 0;
        for (int power = 23; power >= 1; power -= 2) sum = (sum * s2) + (1.0 / power);
        return (exponent * Ln2) + (2 * s * sum);
    }
}
