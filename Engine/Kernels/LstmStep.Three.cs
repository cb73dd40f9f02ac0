using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <content>
/// Three blocks of units side by side: 12 chains, where a pair and a lone group after it would have 8 and then 4.
/// </content>
internal static unsafe partial class LstmStep<S, V, A, H>
{
    /// <summary>All units of a layer of three blocks, the last of which may be half empty. Needs vectors as wide as a block, and 32 registers.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunThree(in StepOperands step)
    {
        Debug.Assert(step.Units == UnitRange.All(step.Hidden), "part of the units");
        const int Second = Sizes.Block;
        const int Third = 2 * Sizes.Block;
        Load(step.Init, out V i0, out V f0, out V g0, out V o0);
        Load(step.Init + Row, out V i1, out V f1, out V g1, out V o1);
        Load(step.Init + (2 * Row), out V i2, out V f2, out V g2, out V o2);
        Accumulate(
            step.X, step.Inputs, step.InputWeights, (nint)step.Inputs * Row,
            ref i0, ref f0, ref g0, ref o0, ref i1, ref f1, ref g1, ref o1, ref i2, ref f2, ref g2, ref o2);

        (V xi0, V xf0, V xg0, V xo0) = (i0, f0, g0, o0);
        (V xi1, V xf1, V xg1, V xo1) = (i1, f1, g1, o1);
        (V xi2, V xf2, V xg2, V xo2) = (i2, f2, g2, o2);
        Begin(step.HiddenSums, out i0, out f0, out g0, out o0);
        Begin(step.HiddenSums + Row, out i1, out f1, out g1, out o1);
        Begin(step.HiddenSums + (2 * Row), out i2, out f2, out g2, out o2);
        int met = H.Begun ? step.Met : 0;
        Accumulate(
            step.HiddenBefore + met, step.Hidden - met, step.HiddenWeights + (met * Row), (nint)step.Hidden * Row,
            ref i0, ref f0, ref g0, ref o0, ref i1, ref f1, ref g1, ref o1, ref i2, ref f2, ref g2, ref o2);

        i0 = S.Add(xi0, i0);
        f0 = S.Add(xf0, f0);
        g0 = S.Add(xg0, g0);
        o0 = S.Add(xo0, o0);
        i1 = S.Add(xi1, i1);
        f1 = S.Add(xf1, f1);
        g1 = S.Add(xg1, g1);
        o1 = S.Add(xo1, o1);
        i2 = S.Add(xi2, i2);
        f2 = S.Add(xf2, f2);
        g2 = S.Add(xg2, g2);
        o2 = S.Add(xo2, o2);
        float* record = step.Record;
        V after0 = LstmCell<S, V, A>.Finish(i0, f0, g0, o0, step.CellBefore, step.CellAfter, step.HiddenAfter, record);
        V after1 = LstmCell<S, V, A>.Finish(
            i1, f1, g1, o1, step.CellBefore + Second, step.CellAfter + Second, step.HiddenAfter + Second, record == null ? null : record + Row);
        V after2 = LstmCell<S, V, A>.Finish(
            i2, f2, g2, o2, step.CellBefore + Third, step.CellAfter + Third, step.HiddenAfter + Third, record == null ? null : record + (2 * Row));
        if (step.Answer == null) return;

        S.Store(step.Answer, after0);
        S.Store(step.Answer + Second, after1);
        S.Store(step.Answer + Third, after2);
    }

    // A matrix's part of three blocks' chains, whose panels lie so many floats apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        float* values, int count, float* w0, nint apart, ref V i0, ref V f0, ref V g0, ref V o0, ref V i1, ref V f1, ref V g1, ref V o1,
        ref V i2, ref V f2, ref V g2, ref V o2)
    {
        float* w1 = w0 + apart;
        float* w2 = w1 + apart;
        for (int k = 0; k < count; k++)
        {
            V v = S.Splat(values[k]);
            Meet(v, w0, ref i0, ref f0, ref g0, ref o0);
            Meet(v, w1, ref i1, ref f1, ref g1, ref o1);
            Meet(v, w2, ref i2, ref f2, ref g2, ref o2);
            w0 += Row;
            w1 += Row;
            w2 += Row;
        }
    }
}
