using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream: all four gates of a group of units stay in registers from the bias to the new state.
/// </summary>
/// <remarks>
/// Gate rows are <c>[blocks][i f g o][16]</c>. A gate is a chain over x in order and one over h in order, added at last. Two groups of lanes
/// run side by side, 8 chains, which hides the latency of the multiply-add, and an odd last one alone; or each runs alone. Lane l
/// of a group is unit <c>first + l</c>. Groups that hold nothing
/// but padding are left out; the padding of the states stays 0. Everything called inside a group is inlined: a call would make the JIT keep
/// the accumulators on the stack inside the loops.
/// </remarks>
internal static unsafe class LstmStep<S, V, A, H>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
    where H : struct, IHiddenSums
{
    private const int Gates = 4;
    private const int Row = Gates * Sizes.Block;

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
            float* init0 = At(init, unit, 1);
            float* init1 = At(init, next, 1);
            V i0 = S.Load(init0);
            V f0 = S.Load(init0 + Sizes.Block);
            V g0 = S.Load(init0 + (2 * Sizes.Block));
            V o0 = S.Load(init0 + (3 * Sizes.Block));
            V i1 = S.Load(init1);
            V f1 = S.Load(init1 + Sizes.Block);
            V g1 = S.Load(init1 + (2 * Sizes.Block));
            V o1 = S.Load(init1 + (3 * Sizes.Block));

            float* w0 = At(step.InputWeights, unit, inputs);
            float* w1 = At(step.InputWeights, next, inputs);
            for (int k = 0; k < inputs; k++)
            {
                V v = S.Splat(x[k]);
                i0 = S.Fma(v, S.Load(w0), i0);
                f0 = S.Fma(v, S.Load(w0 + Sizes.Block), f0);
                g0 = S.Fma(v, S.Load(w0 + (2 * Sizes.Block)), g0);
                o0 = S.Fma(v, S.Load(w0 + (3 * Sizes.Block)), o0);
                i1 = S.Fma(v, S.Load(w1), i1);
                f1 = S.Fma(v, S.Load(w1 + Sizes.Block), f1);
                g1 = S.Fma(v, S.Load(w1 + (2 * Sizes.Block)), g1);
                o1 = S.Fma(v, S.Load(w1 + (3 * Sizes.Block)), o1);
                w0 += Row;
                w1 += Row;
            }

            // The sums over x are done and wait: with 16 registers in memory, since eight sums over h need those.
            V xi0 = i0, xf0 = f0, xg0 = g0, xo0 = o0, xi1 = i1, xf1 = f1, xg1 = g1, xo1 = o1;
            if (!S.ManyRegisters && inputs > 0)
            {
                Store(At(step.Gates, unit, 1), i0, f0, g0, o0);
                Store(At(step.Gates, next, 1), i1, f1, g1, o1);
            }

            float* sums0 = At(step.HiddenSums, unit, 1);
            float* sums1 = At(step.HiddenSums, next, 1);
            i0 = H.Begun ? S.Load(sums0) : S.Splat(0f);
            f0 = H.Begun ? S.Load(sums0 + Sizes.Block) : S.Splat(0f);
            g0 = H.Begun ? S.Load(sums0 + (2 * Sizes.Block)) : S.Splat(0f);
            o0 = H.Begun ? S.Load(sums0 + (3 * Sizes.Block)) : S.Splat(0f);
            i1 = H.Begun ? S.Load(sums1) : S.Splat(0f);
            f1 = H.Begun ? S.Load(sums1 + Sizes.Block) : S.Splat(0f);
            g1 = H.Begun ? S.Load(sums1 + (2 * Sizes.Block)) : S.Splat(0f);
            o1 = H.Begun ? S.Load(sums1 + (3 * Sizes.Block)) : S.Splat(0f);
            w0 = At(step.HiddenWeights, unit, hidden) + (met * Row);
            w1 = At(step.HiddenWeights, next, hidden) + (met * Row);
            for (int k = met; k < hidden; k++)
            {
                V v = S.Splat(h[k]);
                i0 = S.Fma(v, S.Load(w0), i0);
                f0 = S.Fma(v, S.Load(w0 + Sizes.Block), f0);
                g0 = S.Fma(v, S.Load(w0 + (2 * Sizes.Block)), g0);
                o0 = S.Fma(v, S.Load(w0 + (3 * Sizes.Block)), o0);
                i1 = S.Fma(v, S.Load(w1), i1);
                f1 = S.Fma(v, S.Load(w1 + Sizes.Block), f1);
                g1 = S.Fma(v, S.Load(w1 + (2 * Sizes.Block)), g1);
                o1 = S.Fma(v, S.Load(w1 + (3 * Sizes.Block)), o1);
                w0 += Row;
                w1 += Row;
            }

            // So do these, and the activations of all pairs come at last: beside one pair's they would have too few registers as well.
            if (!S.ManyRegisters)
            {
                Store(At(step.Sums, unit, 1), i0, f0, g0, o0);
                Store(At(step.Sums, next, 1), i1, f1, g1, o1);
                continue;
            }

            i0 = S.Add(xi0, i0);
            f0 = S.Add(xf0, f0);
            g0 = S.Add(xg0, g0);
            o0 = S.Add(xo0, o0);
            i1 = S.Add(xi1, i1);
            f1 = S.Add(xf1, f1);
            g1 = S.Add(xg1, g1);
            o1 = S.Add(xo1, o1);
            V after0 = LstmCell<S, V, A>.Finish(
                i0, f0, g0, o0, step.CellBefore + unit, step.CellAfter + unit, step.HiddenAfter + unit, record == null ? null : At(record, unit, 1));
            V after1 = LstmCell<S, V, A>.Finish(
                i1, f1, g1, o1, step.CellBefore + next, step.CellAfter + next, step.HiddenAfter + next, record == null ? null : At(record, next, 1));
            if (answer == null) continue;

            S.Store(answer + unit, after0);
            S.Store(answer + next, after1);
        }

        unit = step.Units.First + (pairs * 2 * S.Lanes);
        if (!S.ManyRegisters)
        {
            LstmCell<S, V, A>.FinishRow(
                new(step.Units.First, unit), inputs > 0 ? step.Gates : init, step.Sums, record != null, step.CellBefore, step.CellAfter,
                step.HiddenAfter, answer);
        }

        if (unit < end) RunLone(step, unit);
    }

    /// <summary>
    /// Every group of units alone: one's activations run beside the other's multiply-adds, which are as fast as two groups together
    /// where four chains hide the latency or the weights come from afar. Only for vectors as wide as a block.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunApart(in StepOperands step)
    {
        int first = step.Units.First;
        int groups = (step.Units.End - first) / Sizes.Block;
        for (int i = 0; i < groups; i++) RunLone(step, first + (Sizes.Block * step.InTurn(i, groups)));
    }

    /// <summary>
    /// The products of a few groups, each alone, and then all activations side by side: one group's are a long wait, and the products of
    /// so few others do not fill it. Only for vectors as wide as a block, and not where the last one is half empty.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunTogether(in StepOperands step)
    {
        float* gates = step.Inputs > 0 ? step.Gates : step.Init;
        for (int unit = step.Units.First; unit < step.Units.End; unit += S.Lanes)
        {
            Multiply(step, unit, out V xi, out V xf, out V xg, out V xo, out V i, out V f, out V g, out V o);
            if (step.Inputs > 0) Store(At(gates, unit, 1), xi, xf, xg, xo);
            Store(At(step.Sums, unit, 1), i, f, g, o);
        }

        LstmCell<S, V, A>.FinishRow(
            step.Units, gates, step.Sums, step.Record != null, step.CellBefore, step.CellAfter, step.HiddenAfter, step.Answer);
    }

    /// <summary>One group of units alone, of whatever of the above, of a panel's units, or all there is.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunGroup(in StepOperands step, int unit)
    {
        float* record = step.Record;
        float* answer = step.Answer;
        Multiply(step, unit, out V xi, out V xf, out V xg, out V xo, out V i, out V f, out V g, out V o);
        V after = LstmCell<S, V, A>.Finish(
            S.Add(xi, i), S.Add(xf, f), S.Add(xg, g), S.Add(xo, o),
            step.CellBefore + unit, step.CellAfter + unit, step.HiddenAfter + unit, record == null ? null : At(record, unit, 1));
        if (answer != null) S.Store(answer + unit, after);
    }

    // One group's sums over x and over h.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Multiply(
        in StepOperands step, int unit, out V xi, out V xf, out V xg, out V xo, out V hi, out V hf, out V hg, out V ho)
    {
        float* x = step.X;
        float* h = step.HiddenBefore;
        int inputs = step.Inputs;
        int hidden = step.Hidden;
        int met = H.Begun ? step.Met : 0;
        float* init = At(step.Init, unit, 1);
        V i = S.Load(init);
        V f = S.Load(init + Sizes.Block);
        V g = S.Load(init + (2 * Sizes.Block));
        V o = S.Load(init + (3 * Sizes.Block));
        float* w = At(step.InputWeights, unit, inputs);
        for (int k = 0; k < inputs; k++)
        {
            V v = S.Splat(x[k]);
            i = S.Fma(v, S.Load(w), i);
            f = S.Fma(v, S.Load(w + Sizes.Block), f);
            g = S.Fma(v, S.Load(w + (2 * Sizes.Block)), g);
            o = S.Fma(v, S.Load(w + (3 * Sizes.Block)), o);
            w += Row;
        }

        (xi, xf, xg, xo) = (i, f, g, o);
        float* sums = At(step.HiddenSums, unit, 1);
        i = H.Begun ? S.Load(sums) : S.Splat(0f);
        f = H.Begun ? S.Load(sums + Sizes.Block) : S.Splat(0f);
        g = H.Begun ? S.Load(sums + (2 * Sizes.Block)) : S.Splat(0f);
        o = H.Begun ? S.Load(sums + (3 * Sizes.Block)) : S.Splat(0f);
        w = At(step.HiddenWeights, unit, hidden) + (met * Row);
        for (int k = met; k < hidden; k++)
        {
            V v = S.Splat(h[k]);
            i = S.Fma(v, S.Load(w), i);
            f = S.Fma(v, S.Load(w + Sizes.Block), f);
            g = S.Fma(v, S.Load(w + (2 * Sizes.Block)), g);
            o = S.Fma(v, S.Load(w + (3 * Sizes.Block)), o);
            w += Row;
        }

        (hi, hf, hg, ho) = (i, f, g, o);
    }

    // A group without a neighbour. Of a block that ends with no more than half its units, vectors as wide as a block would be half empty.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RunLone(in StepOperands step, int unit)
    {
        if (S.Lanes == Sizes.Block && step.Hidden - unit <= Sizes.HalfBlock)
            LstmStep<Simd256, Vector256<float>, A, H>.RunGroup(step, unit);
        else
            RunGroup(step, unit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* gates, V i, V f, V g, V o)
    {
        S.Store(gates, i);
        S.Store(gates + Sizes.Block, f);
        S.Store(gates + (2 * Sizes.Block), g);
        S.Store(gates + (3 * Sizes.Block), o);
    }

    // A unit's first gate in packed rows of the given depth: its block, then its lane (unsigned, so that both are one operation).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* packed, int unit, int depth) =>
        packed + ((nint)((uint)unit / Sizes.Block) * depth * Row) + ((uint)unit % Sizes.Block);
}
