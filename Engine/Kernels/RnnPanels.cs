using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream of a vanilla RNN for <typeparamref name="N"/> blocks of units, one to six: those of a panel, or of a full
/// panel and the narrower one behind it.
/// </summary>
/// <remarks>
/// Lane l of vectors a to d is unit <c>panel + 16·j + l</c>; of e and f, which belong to the second panel, <c>panel + 64 + 16·j + l</c>. Of
/// vectors shorter than a block there are pairs: those that end in 1 have the lanes behind those that end in 0. Blocks that there are
/// not are compiled away.
/// </remarks>
internal static unsafe class RnnPanels<S, V, F, N, H>
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity
    where N : struct, ICount
    where H : struct, IHiddenSums
{
    private const int Full = 4 * Sizes.Block;
    private const int Second = Sizes.Block;
    private const int Third = 2 * Sizes.Block;
    private const int Fourth = 3 * Sizes.Block;

    /// <summary>The units from <paramref name="panel"/> on, where a panel begins.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step, int panel)
    {
        int lanes = S.Lanes;
        bool pairs = lanes < Sizes.Block;
        bool inMemory = pairs && N.Value > 2;
        int firstWidth = N.Value < 4 ? N.Value * Sizes.Block : Full;
        for (int lane = 0; lane < Sizes.Block; lane += pairs ? 2 * lanes : lanes)
        {
            int unit = panel + lane;
            float* init = step.Init + unit;
            float* last = init + Full;
            V a0 = S.Load(init);
            V b0 = N.Value > 1 ? S.Load(init + Second) : default;
            V c0 = N.Value > 2 ? S.Load(init + Third) : default;
            V d0 = N.Value > 3 ? S.Load(init + Fourth) : default;
            V e0 = N.Value > 4 ? S.Load(last) : default;
            V f0 = N.Value > 5 ? S.Load(last + Second) : default;
            V a1 = pairs ? S.Load(init + lanes) : default;
            V b1 = pairs && N.Value > 1 ? S.Load(init + Second + lanes) : default;
            V c1 = pairs && N.Value > 2 ? S.Load(init + Third + lanes) : default;
            V d1 = pairs && N.Value > 3 ? S.Load(init + Fourth + lanes) : default;
            V e1 = pairs && N.Value > 4 ? S.Load(last + lanes) : default;
            V f1 = pairs && N.Value > 5 ? S.Load(last + Second + lanes) : default;

            // First the sums over x, then those over h.
            V xa = default, xb = default, xc = default, xd = default, xe = default, xf = default, xa1 = default, xb1 = default;
            float* from = step.X;
            float* weights = step.InputWeights;
            int depth = step.Inputs;
            int met = 0;
            for (int part = 0; part < 2; part++)
            {
                float* w = weights + ((nint)panel * depth) + (met * firstWidth) + lane;
                float* u = w + ((nint)Full * depth); // of a second panel nothing is met, or all
                for (int k = met; k < depth; k++)
                {
                    V v = S.Splat(from[k]);
                    a0 = S.Fma(v, S.Load(w), a0);
                    if (N.Value > 1) b0 = S.Fma(v, S.Load(w + Second), b0);
                    if (N.Value > 2) c0 = S.Fma(v, S.Load(w + Third), c0);
                    if (N.Value > 3) d0 = S.Fma(v, S.Load(w + Fourth), d0);
                    if (N.Value > 4) e0 = S.Fma(v, S.Load(u), e0);
                    if (N.Value > 5) f0 = S.Fma(v, S.Load(u + Second), f0);
                    if (pairs)
                    {
                        a1 = S.Fma(v, S.Load(w + lanes), a1);
                        if (N.Value > 1) b1 = S.Fma(v, S.Load(w + Second + lanes), b1);
                        if (N.Value > 2) c1 = S.Fma(v, S.Load(w + Third + lanes), c1);
                        if (N.Value > 3) d1 = S.Fma(v, S.Load(w + Fourth + lanes), d1);
                        if (N.Value > 4) e1 = S.Fma(v, S.Load(u + lanes), e1);
                        if (N.Value > 5) f1 = S.Fma(v, S.Load(u + Second + lanes), f1);
                    }

                    w += firstWidth;
                    if (N.Value > 4) u += (N.Value - 4) * Sizes.Block;
                }

                if (part > 0) break;

                // The sums over x wait: where there are too many of them for the registers, in the place of the new state.
                (xa, xb, xc, xd, xe, xf, xa1, xb1) = (a0, b0, c0, d0, e0, f0, a1, b1);
                if (inMemory) Wait(step, unit, a0, b0, c0, d0, e0, f0);
                if (inMemory) Wait(step, unit + lanes, a1, b1, c1, d1, e1, f1);
                float* sums = step.HiddenSums + unit;
                a0 = Start(sums);
                b0 = N.Value > 1 ? Start(sums + Second) : default;
                c0 = N.Value > 2 ? Start(sums + Third) : default;
                d0 = N.Value > 3 ? Start(sums + Fourth) : default;
                e0 = N.Value > 4 ? Start(sums + Full) : default;
                f0 = N.Value > 5 ? Start(sums + Full + Second) : default;
                a1 = pairs ? Start(sums + lanes) : default;
                b1 = pairs && N.Value > 1 ? Start(sums + Second + lanes) : default;
                c1 = pairs && N.Value > 2 ? Start(sums + Third + lanes) : default;
                d1 = pairs && N.Value > 3 ? Start(sums + Fourth + lanes) : default;
                e1 = pairs && N.Value > 4 ? Start(sums + Full + lanes) : default;
                f1 = pairs && N.Value > 5 ? Start(sums + Full + Second + lanes) : default;
                from = step.HiddenBefore;
                weights = step.HiddenWeights;
                depth = step.Hidden;
                met = H.Begun ? step.Met : 0;
            }

            if (inMemory)
            {
                // There the whole sums wait, too: in registers they would leave the activations too few.
                AddToWaiting(step, unit, a0, b0, c0, d0, e0, f0);
                AddToWaiting(step, unit + lanes, a1, b1, c1, d1, e1, f1);
                for (int end = unit + (N.Value * Sizes.Block); unit < end; unit += Sizes.Block)
                {
                    for (int j = unit; j < unit + (2 * lanes); j += lanes) RnnCell<S, V, F>.Finish(S.Load(step.HiddenAfter + j), step, j);
                }

                continue;
            }

            RnnCell<S, V, F>.Finish(S.Add(xa, a0), step, unit);
            if (N.Value > 1) RnnCell<S, V, F>.Finish(S.Add(xb, b0), step, unit + Second);
            if (N.Value > 2) RnnCell<S, V, F>.Finish(S.Add(xc, c0), step, unit + Third);
            if (N.Value > 3) RnnCell<S, V, F>.Finish(S.Add(xd, d0), step, unit + Fourth);
            if (N.Value > 4) RnnCell<S, V, F>.Finish(S.Add(xe, e0), step, unit + Full);
            if (N.Value > 5) RnnCell<S, V, F>.Finish(S.Add(xf, f0), step, unit + Full + Second);
            if (pairs) RnnCell<S, V, F>.Finish(S.Add(xa1, a1), step, unit + lanes);
            if (pairs && N.Value > 1) RnnCell<S, V, F>.Finish(S.Add(xb1, b1), step, unit + Second + lanes);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static V Start(float* sums) => H.Begun ? S.Load(sums) : S.Splat(0f);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Wait(in StepOperands step, int unit, V a, V b, V c, V d, V e, V f)
    {
        S.Store(step.HiddenAfter + unit, a);
        if (N.Value > 1) S.Store(step.HiddenAfter + unit + Second, b);
        if (N.Value > 2) S.Store(step.HiddenAfter + unit + Third, c);
        if (N.Value > 3) S.Store(step.HiddenAfter + unit + Fourth, d);
        if (N.Value > 4) S.Store(step.HiddenAfter + unit + Full, e);
        if (N.Value > 5) S.Store(step.HiddenAfter + unit + Full + Second, f);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddToWaiting(in StepOperands step, int unit, V a, V b, V c, V d, V e, V f)
    {
        float* waiting = step.HiddenAfter + unit;
        a = S.Add(S.Load(waiting), a);
        if (N.Value > 1) b = S.Add(S.Load(waiting + Second), b);
        if (N.Value > 2) c = S.Add(S.Load(waiting + Third), c);
        if (N.Value > 3) d = S.Add(S.Load(waiting + Fourth), d);
        if (N.Value > 4) e = S.Add(S.Load(waiting + Full), e);
        if (N.Value > 5) f = S.Add(S.Load(waiting + Full + Second), f);
        Wait(step, unit, a, b, c, d, e, f);
    }
}
