using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// One time step of one stream of a reset-after GRU: all sums of a group of units stay in registers, to the new state where there are enough.
/// </summary>
/// <remarks>
/// r and z are the sum of a chain over x and one over h; the candidate's two, n_x and n_h, meet only after the reset gate. Rows of chains
/// are <c>[blocks][n_x r z n_h][16]</c>, of weight_ih <c>[n r z]</c>, of weight_hh <c>[r z n]</c>, so each matrix meets three neighbours of
/// the four. Otherwise as <see cref="LstmStep{S, V, A, H}"/>.
/// </remarks>
internal static unsafe partial class GruStep<S, V, A, H>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
    where H : struct, IHiddenSums
{
    private const int ChainRow = 4 * Sizes.Block;
    private const int WeightRow = 3 * Sizes.Block;

    /// <summary>All units, two groups by two, from the biases to the new state. Its six chains and their value fit 16 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunTwoByTwo(in StepOperands step)
    {
        float* h = step.HiddenBefore;
        float* record = step.Record;
        float* answer = step.Answer;
        int pairs = step.Pairs(S.Lanes, out int unit, out int stride, out int last);
        bool lone = step.Computes(last);
        if (lone && step.Reversed) RunLone(step, last);
        for (int pair = 0; pair < pairs; pair++, unit += stride)
        {
            int next = unit + S.Lanes;
            MultiplyInputs(step, unit, out V nx0, out V xr0, out V xz0, out V nx1, out V xr1, out V xz1);
            MultiplyHidden(step, unit, out V r0, out V z0, out V nh0, out V r1, out V z1, out V nh1);
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

        if (lone && !step.Reversed) RunLone(step, last);
    }

    /// <summary>All units, each group alone, as <see cref="LstmStep{S, V, A, H}.RunApart"/> does it.</summary>
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
        Load(At(step.Init, unit, 1, ChainRow), out V nx, out V r, out V z);
        int inputs = step.Inputs;
        Accumulate(step.X, inputs, At(step.InputWeights, unit, inputs, WeightRow), ref nx, ref r, ref z);

        (V xr, V xz) = (r, z);
        Begin(At(step.HiddenSums, unit, 1, ChainRow), out r, out z, out V nh);
        float* h = step.HiddenBefore;
        int hidden = step.Hidden;
        int met = H.Begun ? step.Met : 0;
        Accumulate(h + met, hidden - met, At(step.HiddenWeights, unit, hidden, WeightRow) + (met * WeightRow), ref r, ref z, ref nh);

        float* record = step.Record;
        V after = GruCell<S, V, A>.Finish(
            nx, S.Add(xr, r), S.Add(xz, z), nh, h + unit, step.HiddenAfter + unit, record == null ? null : At(record, unit, 1, ChainRow));
        if (step.Answer != null) S.Store(step.Answer + unit, after);
    }

    // The sums over x of two groups, from the biases on.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyInputs(in StepOperands step, int unit, out V nx0, out V r0, out V z0, out V nx1, out V r1, out V z1)
    {
        int next = unit + S.Lanes;
        Load(At(step.Init, unit, 1, ChainRow), out nx0, out r0, out z0);
        Load(At(step.Init, next, 1, ChainRow), out nx1, out r1, out z1);
        int inputs = step.Inputs;
        Accumulate(
            step.X, inputs, At(step.InputWeights, unit, inputs, WeightRow), At(step.InputWeights, next, inputs, WeightRow),
            ref nx0, ref r0, ref z0, ref nx1, ref r1, ref z1);
    }

    // The sums over h of two groups.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MultiplyHidden(in StepOperands step, int unit, out V r0, out V z0, out V nh0, out V r1, out V z1, out V nh1)
    {
        int next = unit + S.Lanes;
        Begin(At(step.HiddenSums, unit, 1, ChainRow), out r0, out z0, out nh0);
        Begin(At(step.HiddenSums, next, 1, ChainRow), out r1, out z1, out nh1);
        int hidden = step.Hidden;
        int met = H.Begun ? step.Met : 0;
        float* w0 = At(step.HiddenWeights, unit, hidden, WeightRow) + (met * WeightRow);
        float* w1 = At(step.HiddenWeights, next, hidden, WeightRow) + (met * WeightRow);
        Accumulate(step.HiddenBefore + met, hidden - met, w0, w1, ref r0, ref z0, ref nh0, ref r1, ref z1, ref nh1);
    }

    // A matrix's part of two groups' chains, three neighbours each, as far as there are values: weights of a value are a row of each group's block.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(float* values, int count, float* w0, float* w1, ref V a0, ref V b0, ref V c0, ref V a1, ref V b1, ref V c1)
    {
        for (int k = 0; k < count; k++)
        {
            V v = S.Splat(values[k]);
            Meet(v, w0, ref a0, ref b0, ref c0);
            Meet(v, w1, ref a1, ref b1, ref c1);
            w0 += WeightRow;
            w1 += WeightRow;
        }
    }

    // The same of one group's chains.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(float* values, int count, float* w, ref V a, ref V b, ref V c)
    {
        for (int k = 0; k < count; k++)
        {
            V v = S.Splat(values[k]);
            Meet(v, w, ref a, ref b, ref c);
            w += WeightRow;
        }
    }

    // One value and one group: the weights of its three gates stand one behind the other.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Meet(V value, float* w, ref V a, ref V b, ref V c)
    {
        a = S.Fma(value, S.Load(w), a);
        b = S.Fma(value, S.Load(w + Sizes.Block), b);
        c = S.Fma(value, S.Load(w + (2 * Sizes.Block)), c);
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

    // The first three of four chains.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* chains, out V nx, out V r, out V z)
    {
        nx = S.Load(chains);
        r = S.Load(chains + Sizes.Block);
        z = S.Load(chains + (2 * Sizes.Block));
    }

    // Where sums over h begin, the last three of four chains: the candidate's always has a bias.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Begin(float* sums, out V r, out V z, out V nh)
    {
        r = H.Begun ? S.Load(sums + Sizes.Block) : S.Splat(0f);
        z = H.Begun ? S.Load(sums + (2 * Sizes.Block)) : S.Splat(0f);
        nh = S.Load(sums + (3 * Sizes.Block));
    }

    // A group's three neighbouring chains to where they belong in a row of chains.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* chains, V a, V b, V c)
    {
        S.Store(chains, a);
        S.Store(chains + Sizes.Block, b);
        S.Store(chains + (2 * Sizes.Block), c);
    }

    // A unit's first gate in packed rows of the given depth and width: its block, then its lane (unsigned, so that both are one operation).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* packed, int unit, int depth, int row) =>
        packed + ((nint)((uint)unit / Sizes.Block) * depth * row) + ((uint)unit % Sizes.Block);
}
