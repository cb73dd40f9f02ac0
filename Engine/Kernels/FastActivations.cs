using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// Sigmoid and tanh with shorter chains: <c>tanh x = x·P(x²)/Q(x²)</c>, P of degree 3 and Q of degree 4, and
/// <c>σ(x) = ½ + ½·tanh(x/2)</c>. The same bits at every width; right for ±0, denormals, infinities and NaN.
/// </summary>
/// <remarks>
/// tanh is at most 10 ULP off, sigmoid at most 4·10⁻⁷ in absolute terms: below −8 it has no correct figures left and ends at
/// 2.1·10⁻⁷ instead of 0. Neither leaves [−1, 1] or [0, 1]. P and Q stand as products, since their roots are real and negative:
/// nothing cancels, and adds and products side by side are done sooner than a sum's chain of multiply-adds. <c>fit_tanh.py</c> made the coefficients.
/// </remarks>
internal readonly struct FastActivations : IActivations
{
    // Beyond, the quotient leaves tanh.
    private const float Highest = 7.9f;

    // P = K·(y + P0)·(y² + P2·y + P1) and Q = (y² + Q1·y + Q0)·(y² + Q3·y + Q2).
    private const float K = 46.193493f;
    private const float P0 = 9.878687f;
    private const float P1 = 8743.458f;
    private const float P2 = 246.23227f;
    private const float Q0 = 208.37476f;
    private const float Q1 = 86.916824f;
    private const float Q2 = 19147.768f;
    private const float Q3 = 873.2287f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<S, V>(V x)
        where S : struct, ISimd<V>
        where V : struct => S.Add(S.Splat(0.5f), Quotient<S, V>(x, 2f, S.Splat(K)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<S, V>(V x)
        where S : struct, ISimd<V>
        where V : struct => Quotient<S, V>(x, 1f, S.Splat(K));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ScaledTanh<S, V>(V s, V x)
        where S : struct, ISimd<V>
        where V : struct => Quotient<S, V>(x, 1f, S.Multiply(S.Splat(K), s));

    // k/K·tanh(x/scale)/scale for the scale 1 or 2. Roots grow with the argument, powers of two exactly: only constants differ.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Quotient<S, V>(V x, float scale, V k)
        where S : struct, ISimd<V>
        where V : struct
    {
        float second = scale * scale;
        float fourth = second * second;
        x = S.AtLeast(S.Splat(-Highest * scale), S.AtMost(S.Splat(Highest * scale), x));
        V y = S.Multiply(x, x);
        V kx = S.Multiply(k, x);
        V p0 = S.Add(y, S.Splat(P0 * second));
        V p12 = S.Fma(y, S.Add(y, S.Splat(P2 * second)), S.Splat(P1 * fourth));
        V q01 = S.Fma(y, S.Add(y, S.Splat(Q1 * second)), S.Splat(Q0 * fourth));
        V q23 = S.Fma(y, S.Add(y, S.Splat(Q3 * second)), S.Splat(Q2 * fourth));
        return S.Divide(S.Multiply(S.Multiply(kx, p0), p12), S.Multiply(q01, q23));
    }
}
