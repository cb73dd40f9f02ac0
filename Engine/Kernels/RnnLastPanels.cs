using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream of a vanilla RNN for its last two panels at once, a full one and a narrower one of
/// <typeparamref name="N"/> blocks, one or two.
/// </summary>
/// <remarks>
/// Alone, the narrower panel has so few chains that it takes as long as a full one, waiting for the latency of the multiply-add.
/// Lane l of vectors a to d is unit <c>panel + 16·j + l</c>; of e and f, <c>panel + 64 + 16·j + l</c>. With one block, f is compiled
/// away.
/// </remarks>
internal static unsafe class RnnLastPanels<S, V, F, N>
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity<S, V>
    where N : struct, ICount
{
    private const int Full = 4 * Sizes.Block;
    private const int Second = Sizes.Block;
    private const int Third = 2 * Sizes.Block;
    private const int Fourth = 3 * Sizes.Block;

    /// <summary>Units from <paramref name="panel"/>, where the full panel begins, to the last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step, int panel)
    {
        bool pairs = S.Lanes < Sizes.Block;
        int lanes = S.Lanes;
        for (int lane = 0; lane < Sizes.Block; lane += pairs ? 2 * lanes : lanes)
        {
            float* init = step.Init + panel + lane;
            float* last = init + Full;
            V a0 = S.Load(init);
            V b0 = S.Load(init + Second);
            V c0 = S.Load(init + Third);
            V d0 = S.Load(init + Fourth);
            V e0 = S.Load(last);
            V f0 = N.Value > 1 ? S.Load(last + Second) : default;
            V a1 = pairs ? S.Load(init + lanes) : default;
            V b1 = pairs ? S.Load(init + Second + lanes) : default;
            V c1 = pairs ? S.Load(init + Third + lanes) : default;
            V d1 = pairs ? S.Load(init + Fourth + lanes) : default;
            V e1 = pairs ? S.Load(last + lanes) : default;
            V f1 = pairs && N.Value > 1 ? S.Load(last + Second + lanes) : default;

            // First the input's part of every chain, then the hidden state's.
            float* from = step.X;
            float* weights = step.InputWeights;
            int depth = step.Inputs;
            for (int part = 0; part < 2; part++)
            {
                float* w = weights + ((nint)panel * depth) + lane;
                float* u = w + ((nint)Full * depth);
                for (int k = 0; k < depth; k++)
                {
                    V v = S.Splat(from[k]);
                    a0 = S.Fma(v, S.Load(w), a0);
                    b0 = S.Fma(v, S.Load(w + Second), b0);
                    c0 = S.Fma(v, S.Load(w + Third), c0);
                    d0 = S.Fma(v, S.Load(w + Fourth), d0);
                    e0 = S.Fma(v, S.Load(u), e0);
                    if (N.Value > 1) f0 = S.Fma(v, S.Load(u + Second), f0);
                    if (pairs)
                    {
                        a1 = S.Fma(v, S.Load(w + lanes), a1);
                        b1 = S.Fma(v, S.Load(w + Second + lanes), b1);
                        c1 = S.Fma(v, S.Load(w + Third + lanes), c1);
                        d1 = S.Fma(v, S.Load(w + Fourth + lanes), d1);
                        e1 = S.Fma(v, S.Load(u + lanes), e1);
                        if (N.Value > 1) f1 = S.Fma(v, S.Load(u + Second + lanes), f1);
                    }

                    w += Full;
                    u += N.Value * Sizes.Block;
                }

                from = step.HiddenBefore;
                weights = step.HiddenWeights;
                depth = step.Hidden;
            }

            int unit = panel + lane;
            Finish(step, unit, a0, b0, c0, d0, e0, f0);
            if (pairs) Finish(step, unit + lanes, a1, b1, c1, d1, e1, f1);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Finish(in StepOperands step, int unit, V a, V b, V c, V d, V e, V f)
    {
        RnnCell<S, V, F>.Finish(a, step, unit);
        RnnCell<S, V, F>.Finish(b, step, unit + Second);
        RnnCell<S, V, F>.Finish(c, step, unit + Third);
        RnnCell<S, V, F>.Finish(d, step, unit + Fourth);
        RnnCell<S, V, F>.Finish(e, step, unit + Full);
        if (N.Value > 1) RnnCell<S, V, F>.Finish(f, step, unit + Full + Second);
    }
}
