namespace Engine.Kernels;

/// <summary>A natural logarithm of our own: the runtime's differs from platform to platform in its last bit.</summary>
internal static class Logarithm
{
    private const double Ln2 = 0.69314718055994530942;
    private const double SqrtHalf = 0.70710678118654752440;

    /// <summary>
    /// ln x for normal x &gt; 0, at most 2 ULP from the true value: x = 2ᵉ·m with m around 1, and ln m = 2·atanh((m−1)/(m+1)).
    /// </summary>
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

        // ln m = f − (f²/2 − s·(f²/2 + 2s²/3 + 2s⁴/5 + …)) with f = m − 1, which is exact, so the largest term brings no error of its own.
        double f = m - 1;
        double s = f / (m + 1);
        double s2 = s * s;
        double halfSquare = 0.5 * f * f;

        // |s| is at most 0.172, so the term in s^23 is below the last bit.
        double rest = 0;
        for (int power = 23; power >= 3; power -= 2) rest = (rest + (2.0 / power)) * s2;
        return (exponent * Ln2) + (f - (halfSquare - (s * (halfSquare + rest))));
    }
}
