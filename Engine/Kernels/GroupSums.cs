using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// For one step of one stream, the sums of <typeparamref name="N"/> groups of lanes side by side, from memory to memory, of a cell with
/// <typeparamref name="C"/> chains to a unit over each matrix, three or four: 12 chains at most, which leave one of 16 registers for the
/// value that they meet.
/// </summary>
/// <remarks>Rows of chains are <c>[blocks][4][16]</c>, of weights <c>[blocks][C][16]</c>. Lane l of group j is unit <c>first + j·lanes + l</c>.</remarks>
internal static unsafe class GroupSums<S, V, C, N>
    where S : struct, ISimd<V>
    where V : struct
    where C : struct, ICount
    where N : struct, ICount
{
    private const int ChainRow = 4 * Sizes.Block;
    private const int Second = 1 * Sizes.Block;
    private const int Third = 2 * Sizes.Block;
    private const int Fourth = 3 * Sizes.Block;

    /// <summary>
    /// The sums over x to <see cref="StepOperands.Gates"/>, unless there are no inputs and they stand in <see cref="StepOperands.Init"/>, and those over
    /// h to <see cref="StepOperands.Sums"/>.
    /// </summary>
    /// <param name="step">The step.</param>
    /// <param name="hiddenChain">The first of a unit's chains that h has a part in; x begins with the first there is.</param>
    /// <param name="unit">The first unit of the first group.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step, int hiddenChain, int unit)
    {
        int inputs = step.Inputs;
        int chain = hiddenChain * Sizes.Block;
        if (inputs > 0) Sum(unit, step.X, 0, inputs, step.InputWeights, step.Init, step.Gates);
        Sum(unit, step.HiddenBefore, step.Met, step.Hidden, step.HiddenWeights, step.HiddenSums + chain, step.Sums + chain);
    }

    // Chains that have met so many values go on to the last of them. Names: chains a to d, groups 0 to 3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum(int unit, float* values, int met, int depth, float* weights, float* from, float* to)
    {
        int row = C.Value * Sizes.Block;
        int unit1 = unit + S.Lanes;
        int unit2 = unit1 + S.Lanes;
        int unit3 = unit2 + S.Lanes;
        V a1 = default, b1 = default, c1 = default, d1 = default, a2 = default, b2 = default, c2 = default, d2 = default;
        V a3 = default, b3 = default, c3 = default, d3 = default;
        Load(At(from, unit, ChainRow), out V a0, out V b0, out V c0, out V d0);
        if (N.Value > 1) Load(At(from, unit1, ChainRow), out a1, out b1, out c1, out d1);
        if (N.Value > 2) Load(At(from, unit2, ChainRow), out a2, out b2, out c2, out d2);
        if (N.Value > 3) Load(At(from, unit3, ChainRow), out a3, out b3, out c3, out d3);

        float* w0 = At(weights, unit, depth * row) + (met * row);
        float* w1 = At(weights, unit1, depth * row) + (met * row);
        float* w2 = At(weights, unit2, depth * row) + (met * row);
        float* w3 = At(weights, unit3, depth * row) + (met * row);
        for (int k = met; k < depth; k++)
        {
            V v = S.Splat(values[k]);
            Meet(v, ref w0, ref a0, ref b0, ref c0, ref d0);
            if (N.Value > 1) Meet(v, ref w1, ref a1, ref b1, ref c1, ref d1);
            if (N.Value > 2) Meet(v, ref w2, ref a2, ref b2, ref c2, ref d2);
            if (N.Value > 3) Meet(v, ref w3, ref a3, ref b3, ref c3, ref d3);
        }

        Store(At(to, unit, ChainRow), a0, b0, c0, d0);
        if (N.Value > 1) Store(At(to, unit1, ChainRow), a1, b1, c1, d1);
        if (N.Value > 2) Store(At(to, unit2, ChainRow), a2, b2, c2, d2);
        if (N.Value > 3) Store(At(to, unit3, ChainRow), a3, b3, c3, d3);
    }

    // One value and one group, whose weights for the next value stand behind those for this one.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Meet(V value, ref float* w, ref V a, ref V b, ref V c, ref V d)
    {
        a = S.Fma(value, S.Load(w), a);
        b = S.Fma(value, S.Load(w + Second), b);
        c = S.Fma(value, S.Load(w + Third), c);
        if (C.Value > 3) d = S.Fma(value, S.Load(w + Fourth), d);
        w += C.Value * Sizes.Block;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Load(float* chains, out V a, out V b, out V c, out V d)
    {
        a = S.Load(chains);
        b = S.Load(chains + Second);
        c = S.Load(chains + Third);
        d = C.Value > 3 ? S.Load(chains + Fourth) : default;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* chains, V a, V b, V c, V d)
    {
        S.Store(chains, a);
        S.Store(chains + Second, b);
        S.Store(chains + Third, c);
        if (C.Value > 3) S.Store(chains + Fourth, d);
    }

    // Where a unit's first chain stands among blocks of so many floats (unsigned, so that both parts are one operation).
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* blocks, int unit, int length) =>
        blocks + ((nint)((uint)unit / Sizes.Block) * length) + ((uint)unit % Sizes.Block);
}
