using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream of a vanilla RNN with bfloat16 weights: <see cref="RnnStep{S, V, F, H}"/> over the words of
/// <see cref="BFloat16Layout"/>, where a vector is as wide as a block.
/// </summary>
/// <remarks>
/// Words are [k][pair of blocks][16], one to four pairs to a strip, so that each load feeds two of up to eight chains: u of the pair's
/// first block, l of its second. Lane l of a vector is unit l of its block. The very last block may stand alone: then its pair's words have
/// nothing in their lower halves, and nobody stores what comes of it. Such models only run, so nothing is recorded.
/// </remarks>
internal static unsafe class BFloat16RnnStep<S, V, F>
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity
{
    private const int Pair = 2 * Sizes.Block;

    /// <summary>Units of a strip, of which a step takes whole ones.</summary>
    public static int StripUnits(int hidden) => Pair * PairStrips.EvenWidth((hidden + Pair - 1) / Pair, BFloat16Product<S, V>.WidestStrip);

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step)
    {
        int width = StripUnits(step.Hidden);
        int strips = (step.Units.End - step.Units.First + width - 1) / width;
        for (int i = 0; i < strips; i++)
        {
            int unit = step.Units.First + (width * step.InTurn(i, strips));
            int pairs = (Math.Min(width, step.Units.End - unit) + Pair - 1) / Pair;
            switch (pairs)
            {
                case 4: RunStrip<Four>(step, unit); break;
                case 3: RunStrip<Three>(step, unit); break;
                case 2: RunStrip<Two>(step, unit); break;
                default: RunStrip<One>(step, unit); break;
            }
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void RunStrip<N>(in StepOperands step, int unit)
        where N : struct, ICount
    {
        // A missing last block begins as the one before it does.
        float* init = step.Init + unit;
        int last = (N.Value * Pair) - Sizes.Block;
        bool odd = unit + last == step.Units.End;
        V u0 = S.Load(init);
        V u1 = N.Value > 1 ? S.Load(init + Pair) : default;
        V u2 = N.Value > 2 ? S.Load(init + (2 * Pair)) : default;
        V u3 = N.Value > 3 ? S.Load(init + (3 * Pair)) : default;
        V end = S.Load(init + (odd ? last - Sizes.Block : last));
        V l0 = N.Value > 1 ? S.Load(init + Sizes.Block) : end;
        V l1 = N.Value > 2 ? S.Load(init + Pair + Sizes.Block) : end;
        V l2 = N.Value > 3 ? S.Load(init + (2 * Pair) + Sizes.Block) : end;
        V l3 = end;

        // First the sums over x, which then wait, then those over h.
        V xu0 = default, xu1 = default, xu2 = default, xu3 = default, xl0 = default, xl1 = default, xl2 = default, xl3 = default;
        float* from = step.X;
        float* weights = step.InputWeights;
        int depth = step.Inputs;
        int met = 0;
        for (int part = 0; part < 2; part++)
        {
            float* w = weights + ((nint)unit / 2 * depth);
            for (int k = met; k < depth; k++)
            {
                V v = S.Splat(from[k]);
                V upper = S.Load(w);
                u0 = S.Fma(v, upper, u0);
                l0 = S.Fma(v, S.LowerHalf(upper), l0);
                if (N.Value > 1)
                {
                    upper = S.Load(w + Sizes.Block);
                    u1 = S.Fma(v, upper, u1);
                    l1 = S.Fma(v, S.LowerHalf(upper), l1);
                }

                if (N.Value > 2)
                {
                    upper = S.Load(w + (2 * Sizes.Block));
                    u2 = S.Fma(v, upper, u2);
                    l2 = S.Fma(v, S.LowerHalf(upper), l2);
                }

                if (N.Value > 3)
                {
                    upper = S.Load(w + (3 * Sizes.Block));
                    u3 = S.Fma(v, upper, u3);
                    l3 = S.Fma(v, S.LowerHalf(upper), l3);
                }

                w += N.Value * Sizes.Block;
            }

            if (part > 0) break;

            (xu0, xu1, xu2, xu3) = (u0, u1, u2, u3);
            (xl0, xl1, xl2, xl3) = (l0, l1, l2, l3);
            float* sums = step.HiddenSums + unit;
            u0 = S.Load(sums);
            u1 = N.Value > 1 ? S.Load(sums + Pair) : default;
            u2 = N.Value > 2 ? S.Load(sums + (2 * Pair)) : default;
            u3 = N.Value > 3 ? S.Load(sums + (3 * Pair)) : default;
            end = S.Load(sums + (odd ? last - Sizes.Block : last));
            l0 = N.Value > 1 ? S.Load(sums + Sizes.Block) : end;
            l1 = N.Value > 2 ? S.Load(sums + Pair + Sizes.Block) : end;
            l2 = N.Value > 3 ? S.Load(sums + (2 * Pair) + Sizes.Block) : end;
            l3 = end;
            from = step.HiddenBefore;
            weights = step.HiddenWeights;
            depth = step.Hidden;
            met = step.Met;
        }

        RnnCell<S, V, F>.Finish(S.Add(xu0, u0), step, unit);
        if (N.Value > 1 || !odd) RnnCell<S, V, F>.Finish(S.Add(xl0, l0), step, unit + Sizes.Block);
        if (N.Value == 1) return;

        RnnCell<S, V, F>.Finish(S.Add(xu1, u1), step, unit + Pair);
        if (N.Value > 2 || !odd) RnnCell<S, V, F>.Finish(S.Add(xl1, l1), step, unit + Pair + Sizes.Block);
        if (N.Value == 2) return;

        RnnCell<S, V, F>.Finish(S.Add(xu2, u2), step, unit + (2 * Pair));
        if (N.Value > 3 || !odd) RnnCell<S, V, F>.Finish(S.Add(xl2, l2), step, unit + (2 * Pair) + Sizes.Block);
        if (N.Value == 3) return;

        RnnCell<S, V, F>.Finish(S.Add(xu3, u3), step, unit + (3 * Pair));
        if (!odd) RnnCell<S, V, F>.Finish(S.Add(xl3, l3), step, unit + (3 * Pair) + Sizes.Block);
    }
}
