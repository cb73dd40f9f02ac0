using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// exp, sigmoid and tanh, lane by lane: the same operations in the same order at every width, at most 2.5 ULP from the true value
/// (the tests measure it), right for ±0, denormals, infinities and NaN.
/// </summary>
/// <remarks>
/// All three stand on <c>1 − e⁻ʳ = r − r²·q(r)</c> for |r| ≤ ln2/2; <c>fit_exp.py</c> made the coefficients. With n = round(x/ln2)
/// and r = x − n·ln2 (ln2 in two parts), <c>e⁻ˣ = 2⁻ⁿ·(1 − (1 − e⁻ʳ))</c>: what is small stays precise.
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

    // Sigmoid's quotient is 2^-24 over up to 2^126; from its highest argument on, e^-x counts for nothing.
    private const float TwoToMinus24 = 5.9604644775390625e-8f;
    private const float SigmoidHighest = 20f;

    // From here on tanh rounds to ±1.
    private const float TanhHighest = 9.1f;

    /// <summary><c>eˣ</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exp(V x)
    {
        // In this order a NaN is never replaced.
        V bounded = S.AtLeast(S.Splat(ExpLowest), S.AtMost(S.Splat(ExpHighest), x));
        V n = S.Subtract(S.Fma(bounded, S.Splat(Log2E), S.Splat(RoundingShift)), S.Splat(RoundingShift));
        V r = S.Fma(n, S.Splat(Ln2Low), S.Fma(n, S.Splat(Ln2High), S.Subtract(S.Splat(0f), bounded)));
        return S.ScaleByPowerOfTwo(S.Subtract(S.Splat(1f), FractionLost(r, r)), n);
    }

    /// <summary><c>1 / (1 + e⁻ˣ)</c>, both sides of the quotient 2²⁴ times smaller, so that e⁻ˣ does not overflow.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        const float Shift = RoundingShift + ExponentOffset - 24;
        V unit = S.Splat(TwoToMinus24);
        V bounded = S.AtLeast(S.Splat(ExpLowest), S.AtMost(S.Splat(SigmoidHighest), x));
        V shifted = S.Fma(bounded, S.Splat(-Log2E), S.Splat(Shift));
        V n = S.Subtract(S.Splat(Shift), shifted);
        V coarse = S.FmaNegated(n, S.Splat(Ln2High), bounded);
        V lost = FractionLost(coarse, S.FmaNegated(n, S.Splat(Ln2Low), coarse));
        V power = S.BitsToExponent(shifted);

        // What the low part of ln2 lacks in the powers, n·low·coarse: up to a place and a half where n is large.
        V above = S.Fma(S.Multiply(n, S.Splat(Ln2Low * TwoToMinus24)), coarse, unit);
        return S.Divide(above, S.FmaNegated(power, lost, S.Add(power, unit)));
    }

    /// <summary><c>tanh x = (1 − e⁻²|ˣ|) / (1 + e⁻²|ˣ|)</c> with x's sign: odd, and exact at 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        V one = S.Splat(1f);
        Factors(x, out V lost, out V power);

        // The sign goes to what is there before lost.
        V above = S.Fma(S.WithSignOf(power, x), lost, S.WithSignOf(S.Subtract(one, power), x));
        return S.Divide(above, S.FmaNegated(power, lost, S.Add(one, power)));
    }

    /// <summary><c>s·tanh x</c>, for a not negative s that is there sooner than x: the product is no further step that anyone waits for.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ScaledTanh(V s, V x)
    {
        V one = S.Splat(1f);
        Factors(x, out V lost, out V power);
        s = S.WithSignOf(s, x);
        V above = S.Fma(S.Multiply(s, power), lost, S.Multiply(s, S.Subtract(one, power)));
        return S.Divide(above, S.FmaNegated(power, lost, S.Add(one, power)));
    }

    // e⁻²|ˣ| = power·(1 − lost).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Factors(V x, out V lost, out V power)
    {
        const float Shift = RoundingShift + ExponentOffset;
        V bounded = S.AtMost(S.Splat(TanhHighest), S.Abs(x));
        V shifted = S.Fma(bounded, S.Splat(-2f * Log2E), S.Splat(Shift));

        // No low part of ln2: the larger n, the less e⁻²|ˣ| counts.
        V r = S.FmaNegated(S.Subtract(S.Splat(Shift), shifted), S.Splat(Ln2High), S.Add(bounded, bounded));
        lost = FractionLost(r, r);
        power = S.BitsToExponent(shifted);
    }

    /// <summary><c>max(x, 0)</c>; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Relu(V x) => S.IfGreater(S.Splat(0f), x, S.Splat(0f), x);

    // 1 − e⁻ʳ = r − r²(C2 − C3·r) − r⁴(C4 − C5·r + C6·r²). A step waits for this chain, so its length counts more than the number of
    // operations: pairs of terms stand side by side (Estrin), and the powers are of coarse, which is r before its last bits.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V FractionLost(V coarse, V r)
    {
        V r2 = S.Multiply(coarse, coarse);
        V c45 = S.FmaNegated(S.Splat(C5), coarse, S.Splat(C4));
        V c23 = S.FmaNegated(S.Splat(C3), coarse, S.Splat(C2));
        V r4 = S.Multiply(r2, r2);
        V high = S.Fma(S.Splat(C6), r2, c45);
        V low = S.FmaNegated(c23, r2, r);
        return S.FmaNegated(high, r4, low);
    }
}
