using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream: all four gates of a group of units stay in registers from the bias to the new state, where there are
/// enough of those; elsewhere to the end of their sums.
/// </summary>
/// <remarks>
/// Gate rows are <c>[blocks][i f g o][16]</c>. A gate is a chain over x in order and one over h in order, added at last. Two groups of lanes
/// run side by side, 8 chains, which hides the latency of the multiply-add, and an odd last one alone, in turn with the others; or each
/// runs alone, or three do so side by side. Lane l of a group is unit <c>first + l</c>. Groups that hold nothing but padding are left out;
/// the padding of the states stays 0. Everything called inside a group is inlined: a call would make the JIT keep the accumulators on the
/// stack inside the loops.
/// </remarks>
internal static unsafe partial class LstmStep<S, V, A, H>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
    where H : struct, IHiddenSums
{
    private const int Gates = 4;
    private const int Row = Gates * Sizes.Block;

    /// <summary>All units, two groups by two, from the biases to the new state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunTwoByTwo(in StepOperands step)
    {
        float* record = step.Record;
        float* answer = step.Answer;
        int pairs = step.Pairs(S.Lanes, out int unit, out int stride, out int last);
        bool lone = step.Computes(last);
        if (lone && step.Reversed) RunLone(step, last);
        for (int pair = 0; pair < pairs; pair++, unit += stride)
        {
            int next = unit + S.Lanes;
            MultiplyInputs(step, unit, out V xi0, out V xf0, out V xg0, out V xo0, out V xi1, out V xf1, out V xg1, out V xo1);
            MultiplyHidden(step, unit, out V i0, out V f0, out V g0, out V o0, out V i1, out V f1, out V g1, out V o1);
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

        if (lone && !step.Reversed) RunLone(step, last);
    }

    /// <summary>
    /// All units, each group alone: one's activations run beside the other's multiply-adds, which are as fast as those of two groups side by side
    /// where four chains hide the latency or the weights come from afar. Only for vectors as wide as a block.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunApart(in StepOperands step)
    {
        int first = step.Units.First;
        int groups = (step.Units.End - first) / Sizes.Block;
        for (int i = 0; i < groups; i++) RunLone(step, first + (Sizes.Block * step.InTurn(i, groups)));
    }

    /// <summary>One group of units. Also for a lone last group, for a panel's units, and for a layer of one vector.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunGroup(in StepOperands step, int unit)
    {
        Load(At(step.Init, unit, 1), out V i, out V f, out V g, out V o);
        int inputs = step.Inputs;
        Accumulate(step.X, inputs, At(step.InputWeights, unit, inputs), ref i, ref f, ref g, ref o);
        (V xi, V xf, V xg, V xo) = (i, f, g, o);
        Begin(At(step.HiddenSums, unit, 1), out i, out f, out g, out o);
        int hidden = step.Hidden;
        int met = H.Begun ? step.Met : 0;
        Accumulate(step.HiddenBefore + met, hidden - met, At(step.HiddenWeights, unit, hidden) + (met * Row), ref i, ref f, ref g, ref o);
        float* record = step.Record;
        V after = LstmCell<S, V, A>.Finish(
            S.Add(xi, i), S.Add(xf, f), S.Add(xg, g), S.Add(xo, o),
            step.CellBefore + unit, step.CellAfter + unit, step.HiddenAfter + unit, record == null ? null : At(record, unit, 1));
        if (step.Answer != null) S.Store(step.Answer + unit, after);
    }

    // The sums over x of two groups, from the biases on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyInputs(
        in StepOperands step, int unit, out V i0, out V f0, out V g0, out V o0, out V i1, out V f1, out V g1, out V o1)
    {
        int next = unit + S.Lanes;
        Load(At(step.Init, unit, 1), out i0, out f0, out g0, out o0);
        Load(At(step.Init, next, 1), out i1, out f1, out g1, out o1);
        int inputs = step.Inputs;
        Accumulate(
            step.X, inputs, At(step.InputWeights, unit, inputs), At(step.InputWeights, next, inputs),
            ref i0, ref f0, ref g0, ref o0, ref i1, ref f1, ref g1, ref o1);
    }

    // The sums over h of two groups.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyHidden(
        in StepOperands step, int unit, out V i0, out V f0, out V g0, out V o0, out V i1, out V f1, out V g1, out V o1)
    {
        int next = unit + S.Lanes;
        Begin(At(step.HiddenSums, unit, 1), out i0, out f0, out g0, out o0);
        Begin(At(step.HiddenSums, next, 1), out i1, out f1, out g1, out o1);
        int hidden = step.Hidden;
        int met = H.Begun ? step.Met : 0;
        Accumulate(
            step.HiddenBefore + met, hidden - met, At(step.HiddenWeights, unit, hidden) + (met * Row), At(step.HiddenWeights, next, hidden) + (met * Row),
            ref i0, ref f0, ref g0, ref o0, ref i1, ref f1, ref g1, ref o1);
    }

    // A matrix's part of two groups' chains, as far as there are values: weights of a value are a row of each group's block.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        float* values, int count, float* w0, float* w1, ref V i0, ref V f0, ref V g0, ref V o0, ref V i1, ref V f1, ref V g1, ref V o1)
    {
        for (int k = 0; k < count; k++)
        {
            V v = S.Splat(values[k]);
            Meet(v, w0, ref i0, ref f0, ref g0, ref o0);
            Meet(v, w1, ref i1, ref f1, ref g1, ref o1);
            w0 += Row;
            w1 += Row;
        }
    }

    // The same of one group's chains.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(float* values, int count, float* w, ref V i, ref V f, ref V g, ref V o)
    {
        for (int k = 0; k < count; k++)
        {
            V v = S.Splat(values[k]);
            Meet(v, w, ref i, ref f, ref g, ref o);
            w += Row;
        }
    }

    // One value and one group: the weights of its four gates stand one behind the other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Meet(V value, float* w, ref V i, ref V f, ref V g, ref V o)
    {
        i = S.Fma(value, S.Load(w), i);
        f = S.Fma(value, S.Load(w + Sizes.Block), f);
        g = S.Fma(value, S.Load(w + (2 * Sizes.Block)), g);
        o = S.Fma(value, S.Load(w + (3 * Sizes.Block)), o);
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
    private static void Load(float* gates, out V i, out V f, out V g, out V o)
    {
        i = S.Load(gates);
        f = S.Load(gates + Sizes.Block);
        g = S.Load(gates + (2 * Sizes.Block));
        o = S.Load(gates + (3 * Sizes.Block));
    }

    // Where sums over h begin.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Begin(float* sums, out V i, out V f, out V g, out V o)
    {
        i = H.Begun ? S.Load(sums) : S.Splat(0f);
        f = H.Begun ? S.Load(sums + Sizes.Block) : S.Splat(0f);
        g = H.Begun ? S.Load(sums + (2 * Sizes.Block)) : S.Splat(0f);
        o = H.Begun ? S.Load(sums + (3 * Sizes.Block)) : S.Splat(0f);
    }

    // A unit's first gate in packed rows of the given depth: its block, then its lane (unsigned, so that both are one operation).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* packed, int unit, int depth) =>
        packed + ((nint)((uint)unit / Sizes.Block) * depth * Row) + ((uint)unit % Sizes.Block);
}
