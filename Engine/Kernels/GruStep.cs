using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream of a reset-after GRU: all sums of a group of units stay in registers to the new state.
/// </summary>
/// <remarks>
/// r and z are the sum of a chain over x and one over h; the candidate's two, n_x and n_h, meet only after the reset gate. Rows of chains are <c>[blocks][n_x r z n_h][16]</c>, of weight_ih <c>[n r z]</c>, of weight_hh <c>[r z n]</c>, so each
/// matrix meets three neighbours of the four. Otherwise as <see cref="LstmStep{S, V, A, H}"/>.
/// </remarks>
internal static unsafe class GruStep<S, V, A, H>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
    where H : struct, IHiddenSums
{
    private const int ChainRow = 4 * Sizes.Block;
    private const int WeightRow = 3 * Sizes.Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step)
    {
        float* init = step.Init;
        float* x = step.X;
        float* h = step.HiddenBefore;
        float* record = step.Record;
        float* answer = step.Answer;
        int inputs = step.Inputs;
        int hidden = step.Hidden;
        int met = H.Begun ? step.Met : 0;
        int end = Math.Min(step.Units.End, hidden);
        int pairs = (end - step.Units.First + S.Lanes - 1) / (2 * S.Lanes);
        int unit = step.Units.First + (step.Reversed ? (pairs - 1) * 2 * S.Lanes : 0);
        int stride = step.Reversed ? -2 * S.Lanes : 2 * S.Lanes;
        for (int pair = 0; pair < pairs; pair++, unit += stride)
        {
            int next = unit + S.Lanes;
            float* init0 = At(init, unit, 1, ChainRow);
            float* init1 = At(init, next, 1, ChainRow);
            V nx0 = S.Load(init0);
            V r0 = S.Load(init0 + Sizes.Block);
            V z0 = S.Load(init0 + (2 * Sizes.Block));
            V nx1 = S.Load(init1);
            V r1 = S.Load(init1 + Sizes.Block);
            V z1 = S.Load(init1 + (2 * Sizes.Block));

            float* w0 = At(step.InputWeights, unit, inputs, WeightRow);
            float* w1 = At(step.InputWeights, next, inputs, WeightRow);
            for (int k = 0; k < inputs; k++)
            {
                V v = S.Splat(x[k]);
                nx0 = S.Fma(v, S.Load(w0), nx0);
                r0 = S.Fma(v, S.Load(w0 + Sizes.Block), r0);
                z0 = S.Fma(v, S.Load(w0 + (2 * Sizes.Block)), z0);
                nx1 = S.Fma(v, S.Load(w1), nx1);
                r1 = S.Fma(v, S.Load(w1 + Sizes.Block), r1);
                z1 = S.Fma(v, S.Load(w1 + (2 * Sizes.Block)), z1);
                w0 += WeightRow;
                w1 += WeightRow;
            }

            // As in LstmStep: the sums over x are done and wait, where registers are few in memory.
            V xr0 = r0, xz0 = z0, xr1 = r1, xz1 = z1;
            if (!S.ManyRegisters && inputs > 0) Store(step.Gates, unit, nx0, r0, z0, nx1, r1, z1);

            float* sums0 = At(step.HiddenSums, unit, 1, ChainRow);
            float* sums1 = At(step.HiddenSums, next, 1, ChainRow);
            r0 = H.Begun ? S.Load(sums0 + Sizes.Block) : S.Splat(0f);
            z0 = H.Begun ? S.Load(sums0 + (2 * Sizes.Block)) : S.Splat(0f);
            V nh0 = S.Load(sums0 + (3 * Sizes.Block));
            r1 = H.Begun ? S.Load(sums1 + Sizes.Block) : S.Splat(0f);
            z1 = H.Begun ? S.Load(sums1 + (2 * Sizes.Block)) : S.Splat(0f);
            V nh1 = S.Load(sums1 + (3 * Sizes.Block));
            w0 = At(step.HiddenWeights, unit, hidden, WeightRow) + (met * WeightRow);
            w1 = At(step.HiddenWeights, next, hidden, WeightRow) + (met * WeightRow);
            for (int k = met; k < hidden; k++)
            {
                V v = S.Splat(h[k]);
                r0 = S.Fma(v, S.Load(w0), r0);
                z0 = S.Fma(v, S.Load(w0 + Sizes.Block), z0);
                nh0 = S.Fma(v, S.Load(w0 + (2 * Sizes.Block)), nh0);
                r1 = S.Fma(v, S.Load(w1), r1);
                z1 = S.Fma(v, S.Load(w1 + Sizes.Block), z1);
                nh1 = S.Fma(v, S.Load(w1 + (2 * Sizes.Block)), nh1);
                w0 += WeightRow;
                w1 += WeightRow;
            }

            // As in LstmStep: so do these, and the activations come at last.
            if (!S.ManyRegisters)
            {
                Store(step.Sums + Sizes.Block, unit, r0, z0, nh0, r1, z1, nh1);
                continue;
            }

            r0 = S.Add(xr0, r0);
            z0 = S.Add(xz0, z0);
            r1 = S.Add(xr1, r1);
            z1 = S.Add(xz1, z1);
            V after0 = GruCell<S, V, A>.Finish(
                nx0, r0, z0, nh0, h + unit, step.HiddenAfter + unit, record == null ? null : At(record, unit, 1, ChainRow));
            V after1 = GruCell<S, V, A>.Finish(
                nx1, r1, z1, nh1, h + next, step.HiddenAfter + next, record == null ? null : At(record, next, 1, ChainRow));
            if (answer == null) continue;

            S.Store(answer + unit, after0);
            S.Store(answer + next, after1);
        }

        unit = step.Units.First + (pairs * 2 * S.Lanes);
        if (!S.ManyRegisters)
        {
            GruCell<S, V, A>.FinishRow(
                new(step.Units.First, unit), inputs > 0 ? step.Gates : init, step.Sums, record != null, h, step.HiddenAfter, answer);
        }

        if (unit < end) RunLone(step, unit);
    }

    /// <summary>Every group of units alone, as <see cref="LstmStep{S, V, A, H}.RunApart"/> does it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunApart(in StepOperands step)
    {
        int first = step.Units.First;
        int groups = (step.Units.End - first) / Sizes.Block;
        for (int i = 0; i < groups; i++) RunLone(step, first + (Sizes.Block * step.InTurn(i, groups)));
    }

    /// <summary>One group of units alone, of whatever of the above, of a panel's units, or all there is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunGroup(in StepOperands step, int unit)
    {
        float* x = step.X;
        float* h = step.HiddenBefore;
        float* record = step.Record;
        float* answer = step.Answer;
        int inputs = step.Inputs;
        int hidden = step.Hidden;
        int met = H.Begun ? step.Met : 0;
        float* init0 = At(step.Init, unit, 1, ChainRow);
        V nx0 = S.Load(init0);
        V r0 = S.Load(init0 + Sizes.Block);
        V z0 = S.Load(init0 + (2 * Sizes.Block));
        float* w0 = At(step.InputWeights, unit, inputs, WeightRow);
        for (int k = 0; k < inputs; k++)
        {
            V v = S.Splat(x[k]);
            nx0 = S.Fma(v, S.Load(w0), nx0);
            r0 = S.Fma(v, S.Load(w0 + Sizes.Block), r0);
            z0 = S.Fma(v, S.Load(w0 + (2 * Sizes.Block)), z0);
            w0 += WeightRow;
        }

        V xr0 = r0, xz0 = z0;
        float* sums0 = At(step.HiddenSums, unit, 1, ChainRow);
        r0 = H.Begun ? S.Load(sums0 + Sizes.Block) : S.Splat(0f);
        z0 = H.Begun ? S.Load(sums0 + (2 * Sizes.Block)) : S.Splat(0f);
        V nh0 = S.Load(sums0 + (3 * Sizes.Block));
        w0 = At(step.HiddenWeights, unit, hidden, WeightRow) + (met * WeightRow);
        for (int k = met; k < hidden; k++)
        {
            V v = S.Splat(h[k]);
            r0 = S.Fma(v, S.Load(w0), r0);
            z0 = S.Fma(v, S.Load(w0 + Sizes.Block), z0);
            nh0 = S.Fma(v, S.Load(w0 + (2 * Sizes.Block)), nh0);
            w0 += WeightRow;
        }

        V after = GruCell<S, V, A>.Finish(
            nx0, S.Add(xr0, r0), S.Add(xz0, z0), nh0, h + unit, step.HiddenAfter + unit, record == null ? null : At(record, unit, 1, ChainRow));
        if (answer != null) S.Store(answer + unit, after);
    }

    // A group without a neighbour. Of a block that ends with no more than half its units, vectors as wide as a block would be half empty.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RunLone(in StepOperands step, int unit)
    {
        if (S.Lanes == Sizes.Block && step.Hidden - unit <= Sizes.HalfBlock)
            GruStep<Simd256, Vector256<float>, A, H>.RunGroup(step, unit);
        else
            RunGroup(step, unit);
    }

    // Two groups' chains, three neighbours each, to where they belong in a row of chains.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* row, int unit, V a0, V b0, V c0, V a1, V b1, V c1)
    {
        float* first = At(row, unit, 1, ChainRow);
        S.Store(first, a0);
        S.Store(first + Sizes.Block, b0);
        S.Store(first + (2 * Sizes.Block), c0);
        float* second = At(row, unit + S.Lanes, 1, ChainRow);
        S.Store(second, a1);
        S.Store(second + Sizes.Block, b1);
        S.Store(second + (2 * Sizes.Block), c1);
    }

    // A unit's first gate in packed rows of the given depth and width: its block, then its lane (unsigned, so that both are one operation).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* packed, int unit, int depth, int row) =>
        packed + ((nint)((uint)unit / Sizes.Block) * depth * row) + ((uint)unit % Sizes.Block);
}
