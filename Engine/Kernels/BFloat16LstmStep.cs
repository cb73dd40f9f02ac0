using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream of an LSTM with bfloat16 weights: <see cref="LstmStep{S, V, A, H}"/> over the words of
/// <see cref="BFloat16Layout"/>, where a vector is as wide as a block.
/// </summary>
/// <remarks>
/// A strip is two blocks of units, the last one may be a single one: words are [k][i:f g:o of the first, i:f g:o of the second][16], and
/// each load feeds two of eight chains. Lane l of a vector is unit <c>unit + l</c> of its block. Of a single block, the missing second
/// is stood in for by the first, whose result nobody stores. Such models only run, so nothing is recorded.
/// </remarks>
internal static unsafe class BFloat16LstmStep<S, V, A>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
{
    private const int Row = 4 * Sizes.Block;
    private const int BlockWords = 2 * Sizes.Block;
    private const int Strip = 2 * Sizes.Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step)
    {
        float* answer = step.Answer;
        int end = step.Units.End;
        int strips = (end - step.Units.First + Strip - 1) / Strip;
        for (int i = 0; i < strips; i++)
        {
            int unit = step.Units.First + (Strip * step.InTurn(i, strips));
            int next = unit + Sizes.Block;
            bool single = next == end;
            float* init0 = step.Init + At(unit);
            float* init1 = single ? init0 : step.Init + At(next);
            V i0 = S.Load(init0);
            V f0 = S.Load(init0 + Sizes.Block);
            V g0 = S.Load(init0 + (2 * Sizes.Block));
            V o0 = S.Load(init0 + (3 * Sizes.Block));
            V i1 = S.Load(init1);
            V f1 = S.Load(init1 + Sizes.Block);
            V g1 = S.Load(init1 + (2 * Sizes.Block));
            V o1 = S.Load(init1 + (3 * Sizes.Block));

            // First the sums over x, which then wait, then those over h.
            V xi0 = default, xf0 = default, xg0 = default, xo0 = default, xi1 = default, xf1 = default, xg1 = default, xo1 = default;
            float* from = step.X;
            float* weights = step.InputWeights;
            int depth = step.Inputs;
            int met = 0;
            nint second = single ? 0 : BlockWords;
            nint row = single ? BlockWords : 2 * BlockWords;
            for (int part = 0; part < 2; part++)
            {
                float* w = weights + ((nint)unit / Sizes.Block * BlockWords * depth);
                for (int k = met; k < depth; k++)
                {
                    V v = S.Splat(from[k]);
                    V upper = S.Load(w);
                    i0 = S.Fma(v, upper, i0);
                    f0 = S.Fma(v, S.LowerHalf(upper), f0);
                    upper = S.Load(w + Sizes.Block);
                    g0 = S.Fma(v, upper, g0);
                    o0 = S.Fma(v, S.LowerHalf(upper), o0);
                    upper = S.Load(w + second);
                    i1 = S.Fma(v, upper, i1);
                    f1 = S.Fma(v, S.LowerHalf(upper), f1);
                    upper = S.Load(w + second + Sizes.Block);
                    g1 = S.Fma(v, upper, g1);
                    o1 = S.Fma(v, S.LowerHalf(upper), o1);
                    w += row;
                }

                if (part > 0) break;

                (xi0, xf0, xg0, xo0) = (i0, f0, g0, o0);
                (xi1, xf1, xg1, xo1) = (i1, f1, g1, o1);
                float* sums0 = step.HiddenSums + At(unit);
                float* sums1 = single ? sums0 : step.HiddenSums + At(next);
                i0 = S.Load(sums0);
                f0 = S.Load(sums0 + Sizes.Block);
                g0 = S.Load(sums0 + (2 * Sizes.Block));
                o0 = S.Load(sums0 + (3 * Sizes.Block));
                i1 = S.Load(sums1);
                f1 = S.Load(sums1 + Sizes.Block);
                g1 = S.Load(sums1 + (2 * Sizes.Block));
                o1 = S.Load(sums1 + (3 * Sizes.Block));
                from = step.HiddenBefore;
                weights = step.HiddenWeights;
                depth = step.Hidden;
                met = step.Met;
            }

            i0 = S.Add(xi0, i0);
            f0 = S.Add(xf0, f0);
            g0 = S.Add(xg0, g0);
            o0 = S.Add(xo0, o0);
            i1 = S.Add(xi1, i1);
            f1 = S.Add(xf1, f1);
            g1 = S.Add(xg1, g1);
            o1 = S.Add(xo1, o1);
            V after = LstmCell<S, V, A>.Finish(
                i0, f0, g0, o0, step.CellBefore + unit, step.CellAfter + unit, step.HiddenAfter + unit, record: null);
            if (answer != null) S.Store(answer + unit, after);
            if (single) continue;

            after = LstmCell<S, V, A>.Finish(
                i1, f1, g1, o1, step.CellBefore + next, step.CellAfter + next, step.HiddenAfter + next, record: null);
            if (answer != null) S.Store(answer + next, after);
        }
    }

    // Where a block's first gate stands in rows of gates.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static nint At(int unit) => (nint)unit / Sizes.Block * Row;
}
