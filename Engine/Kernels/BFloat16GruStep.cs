using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream of a reset-after GRU with bfloat16 weights: <see cref="GruStep{S, V, A, H}"/> over the words of
/// <see cref="BFloat16Layout"/>, where a vector is as wide as a block.
/// </summary>
/// <remarks>
/// A strip is two blocks of units, the last one may be a single one: words are [k][3][16], of weight_ih <c>n0:r0 z0:n1 r1:z1</c>, of
/// weight_hh <c>r0:z0 n0:r1 z1:n1</c>, and each load feeds two chains. Lane l of a vector is unit <c>unit + l</c> of its block. A single
/// block has two words; the third is stood in for by the first, and nobody stores what comes of it. Such models only run, so
/// nothing is recorded.
/// </remarks>
internal static unsafe class BFloat16GruStep<S, V, A>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
{
    private const int Row = 4 * Sizes.Block;
    private const int Strip = 2 * Sizes.Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step)
    {
        float* x = step.X;
        float* h = step.HiddenBefore;
        float* answer = step.Answer;
        int end = step.Units.End;
        int strips = (end - step.Units.First + Strip - 1) / Strip;
        for (int i = 0; i < strips; i++)
        {
            int unit = step.Units.First + (Strip * step.InTurn(i, strips));
            int next = unit + Sizes.Block;
            bool single = next == end;
            nint third = single ? 0 : 2 * Sizes.Block;
            nint row = single ? 2 * Sizes.Block : 3 * Sizes.Block;
            float* init0 = step.Init + At(unit);
            float* init1 = single ? init0 : step.Init + At(next);
            V nx0 = S.Load(init0);
            V r0 = S.Load(init0 + Sizes.Block);
            V z0 = S.Load(init0 + (2 * Sizes.Block));
            V nx1 = S.Load(init1);
            V r1 = S.Load(init1 + Sizes.Block);
            V z1 = S.Load(init1 + (2 * Sizes.Block));

            float* w = step.InputWeights + ((nint)unit / Strip * 3 * Sizes.Block * step.Inputs);
            for (int k = 0; k < step.Inputs; k++)
            {
                V v = S.Splat(x[k]);
                V upper = S.Load(w);
                nx0 = S.Fma(v, upper, nx0);
                r0 = S.Fma(v, S.LowerHalf(upper), r0);
                upper = S.Load(w + Sizes.Block);
                z0 = S.Fma(v, upper, z0);
                nx1 = S.Fma(v, S.LowerHalf(upper), nx1);
                upper = S.Load(w + third);
                r1 = S.Fma(v, upper, r1);
                z1 = S.Fma(v, S.LowerHalf(upper), z1);
                w += row;
            }

            V xr0 = r0, xz0 = z0, xr1 = r1, xz1 = z1;
            float* sums0 = step.HiddenSums + At(unit);
            float* sums1 = single ? sums0 : step.HiddenSums + At(next);
            r0 = S.Load(sums0 + Sizes.Block);
            z0 = S.Load(sums0 + (2 * Sizes.Block));
            V nh0 = S.Load(sums0 + (3 * Sizes.Block));
            r1 = S.Load(sums1 + Sizes.Block);
            z1 = S.Load(sums1 + (2 * Sizes.Block));
            V nh1 = S.Load(sums1 + (3 * Sizes.Block));
            w = step.HiddenWeights + ((nint)unit / Strip * 3 * Sizes.Block * step.Hidden);
            for (int k = step.Met; k < step.Hidden; k++)
            {
                V v = S.Splat(h[k]);
                V upper = S.Load(w);
                r0 = S.Fma(v, upper, r0);
                z0 = S.Fma(v, S.LowerHalf(upper), z0);
                upper = S.Load(w + Sizes.Block);
                nh0 = S.Fma(v, upper, nh0);
                r1 = S.Fma(v, S.LowerHalf(upper), r1);
                upper = S.Load(w + third);
                z1 = S.Fma(v, upper, z1);
                nh1 = S.Fma(v, S.LowerHalf(upper), nh1);
                w += row;
            }

            r0 = S.Add(xr0, r0);
            z0 = S.Add(xz0, z0);
            r1 = S.Add(xr1, r1);
            z1 = S.Add(xz1, z1);
            V after = GruCell<S, V, A>.Finish(
                nx0, r0, z0, nh0, h + unit, step.HiddenAfter + unit, record: null);
            if (answer != null) S.Store(answer + unit, after);
            if (single) continue;

            after = GruCell<S, V, A>.Finish(
                nx1, r1, z1, nh1, h + next, step.HiddenAfter + next, record: null);
            if (answer != null) S.Store(answer + next, after);
        }
    }

    // Where a block's first chain stands in rows of chains.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint At(int unit) => (nint)unit / Sizes.Block * Row;
}
