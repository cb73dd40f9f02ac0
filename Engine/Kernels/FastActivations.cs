using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// Sigmoid and tanh with shorter chains: <c>tanh x = x·P(x²)/Q(x²)</c>, P of degree 3 and Q of degree 4 (<c>fit_tanh.py</c> made the
/// coefficients), and <c>σ(x) = ½ + ½·tanh(x/2)</c>. The same bits at every width; right for ±0, denormals, infinities and NaN.
/// </summary>
/// <remarks>
/// tanh is at most 10 ULP off, sigmoid at most 4·10⁻⁷ in absolute terms: below −8 it has no correct figures left and ends at
/// 1.8·10⁻⁷ instead of 0. Neither leaves [−1, 1] or [0, 1].
/// </remarks>
internal readonly struct FastActivations<S, V> : IActivations<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    // Beyond, the quotient would round to more than 1.
    private const float Highest = 7.9f;

    private const float P1 = 0.12938991f;
    private const float P2 = 0.0029651434f;
    private const float P3 = 1.1577574e-05f;
    private const float Q1 = 0.46272254f;
    private const float Q2 = 0.023873815f;
    private const float Q3 = 0.00024064332f;
    private const float Q4 = 2.5063213e-07f;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x)
    {
        V half = S.Splat(0.5f);
        return S.Fma(half, Tanh(S.Multiply(half, x)), half);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x)
    {
        x = S.AtLeast(S.Splat(-Highest), S.AtMost(S.Splat(Highest), x));
        V y = S.Multiply(x, x);
        V y2 = S.Multiply(y, y);
        V xy = S.Multiply(x, y);
        V p12 = S.Fma(S.Splat(P2), y, S.Splat(P1));
        V q01 = S.Fma(S.Splat(Q1), y, S.Splat(1f));
        V q23 = S.Fma(S.Splat(Q3), y, S.Splat(Q2));
        V p = S.Fma(xy, S.Fma(S.Splat(P3), y2, p12), x);
        V q = S.Fma(S.Fma(S.Splat(Q4), y2, q23), y2, q01);
        return S.Divide(p, q);
    }
}
