using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// exp, sigmoid and tanh, lane by lane: the same operations in the same order at every width, at most 2.5 ULP from the true value
/// (the tests measure it), right for ±0, denormals, infinities and NaN.
/// </summary>
/// <remarks>
/// All three stand on <c>expm1(r) = r + r²·q(r)</c> for |r| ≤ ln2/2; <c>fit_exp.py</c> made the coefficients. With n = round(x/ln2)
/// and r = x − n·ln2 (ln2 in two parts), <c>eˣ = 2ⁿ·(1 + expm1(r))</c>.
/// </remarks>
internal static class Activations<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    private const float Log2E = 1.442695f;
    private const float Ln2High = 0.6931472f;
    private const float Ln2Low = -1.9046542e-09f;

    private const float C2 = 0.49999997f;
    private const float C3 = 0.16666546f;
    private const float C4 = 0.041667443f;
    private const float C5 = 0.008366253f;
    private const float C6 = 0.0013869948f;

    // Adding and taking away 1.5·2²³ leaves the nearest whole number: above it floats have no fraction bits left, and their lowest
    // bits are that number. With a further offset they are the exponent field of a power of two.
    private const float RoundingShift = 12582912f;
    private const float ExponentOffset = 127f;

    // Below, e^x rounds to 0 even as a denormal; above, it is infinite.
    private const float ExpLowest = -104f;
    private const float ExpHighest = 89f;

    // Powers of two down to 2^-150 are made 64 orders too high, as normal numbers, and brought down by an exact product.
    private const float SmallOffset = 64f;
    private const float TwoToMinus64 = 5.421010862427522e-20f;

    // From here on tanh rounds to ±1.
    private const float TanhHighest = 9.1f;

    /// <summary><c>eˣ</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // In this order a NaN is never replaced.
        V clamped = S.IfGreater(S.Splat(ExpLowest), x, S.Splat(ExpLowest), x);
        clamped = S.AtMost(S.Splat(ExpHighest), clamped);
        V n = S.Subtract(S.Fma(clamped, S.Splat(Log2E), S.Splat(RoundingShift)), S.Splat(RoundingShift));
        return S.ScaleByPowerOfTwo(S.Add(S.Splat(1f), ExpM1Reduced(clamped, n)), n);
    }

    /// <summary><c>1 / (1 + e⁻ˣ)</c>, as <c>e⁻|ˣ| / (1 + e⁻|ˣ|)</c> for negative x, so that small results keep their precision.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        const float Shift = RoundingShift + ExponentOffset + SmallOffset;
        V one = S.Splat(1f);
        V bounded = S.AtMost(S.Splat(-ExpLowest), S.Abs(x));
        V shifted = S.Fma(bounded, S.Splat(-Log2E), S.Splat(Shift));
        V p = ExpM1Reduced(S.Subtract(S.Splat(0f), bounded), S.Subtract(shifted, S.Splat(Shift)));
        V power = S.Multiply(S.BitsToExponent(shifted), S.Splat(TwoToMinus64));
        V e = S.Fma(power, p, power);
        return S.Divide(S.IfGreater(S.Splat(0f), x, e, one), S.Add(one, e));
    }

    /// <summary><c>tanh x = −m / (m + 2)</c> with <c>m = expm1(−2|x|)</c>, and x's sign: odd, and exact at 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        const float Shift = RoundingShift + ExponentOffset;
        V one = S.Splat(1f);
        V bounded = S.AtMost(S.Splat(TanhHighest), S.Abs(x));
        V shifted = S.Fma(bounded, S.Splat(-2f * Log2E), S.Splat(Shift));
        V p = ExpM1Reduced(S.Multiply(bounded, S.Splat(-2f)), S.Subtract(shifted, S.Splat(Shift)));
        V power = S.BitsToExponent(shifted);
        V m = S.Fma(power, p, S.Subtract(power, one));
        return S.WithSignOf(S.Abs(S.Divide(m, S.Fma(power, p, S.Add(power, one)))), x);
    }

    /// <summary><c>max(x, 0)</c>; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Relu(V x) => S.IfGreater(S.Splat(0f), x, S.Splat(0f), x);

    // expm1 of what is left of x after n·ln2, n being the whole number nearest to x/ln2: r + r²(C2 + C3·r) + r⁴(C4 + C5·r + C6·r²).
    // A step waits for this chain, so its length counts more than the number of operations: pairs of terms stand side by side
    // (Estrin), and ln2's low part, too small to matter in the powers, comes in with the last sum.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V ExpM1Reduced(V x, V n)
    {
        V coarse = S.Fma(n, S.Splat(-Ln2High), x);
        V r = S.Fma(n, S.Splat(-Ln2Low), coarse);
        V r2 = S.Multiply(coarse, coarse);
        V c23 = S.Fma(S.Splat(C3), coarse, S.Splat(C2));
        V c45 = S.Fma(S.Splat(C5), coarse, S.Splat(C4));
        V r4 = S.Multiply(r2, r2);
        V low = S.Fma(c23, r2, r);
        V high = S.Fma(S.Splat(C6), r2, c45);
        return S.Fma(high, r4, low);
    }
}
