using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <content>
/// Three blocks of units side by side: 9 chains, where a pair and a lone group after it would have 6 and then 3.
/// </content>
internal static unsafe partial class GruStep<S, V, A, H>
{
    /// <summary>All units of a layer of three blocks, as <see cref="LstmStep{S, V, A, H}.RunThree"/> takes them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunThree(in StepOperands step)
    {
        Debug.Assert(step.Units == UnitRange.All(step.Hidden), "part of the units");
        const int Second = Sizes.Block;
        const int Third = 2 * Sizes.Block;
        Load(step.Init, out V nx0, out V r0, out V z0);
        Load(step.Init + ChainRow, out V nx1, out V r1, out V z1);
        Load(step.Init + (2 * ChainRow), out V nx2, out V r2, out V z2);
        Accumulate(
            step.X, step.Inputs, step.InputWeights, (nint)step.Inputs * WeightRow,
            ref nx0, ref r0, ref z0, ref nx1, ref r1, ref z1, ref nx2, ref r2, ref z2);

        (V xr0, V xz0, V xr1, V xz1, V xr2, V xz2) = (r0, z0, r1, z1, r2, z2);
        Begin(step.HiddenSums, out r0, out z0, out V nh0);
        Begin(step.HiddenSums + ChainRow, out r1, out z1, out V nh1);
        Begin(step.HiddenSums + (2 * ChainRow), out r2, out z2, out V nh2);
        float* h = step.HiddenBefore;
        int met = H.Begun ? step.Met : 0;
        Accumulate(
            h + met, step.Hidden - met, step.HiddenWeights + (met * WeightRow), (nint)step.Hidden * WeightRow,
            ref r0, ref z0, ref nh0, ref r1, ref z1, ref nh1, ref r2, ref z2, ref nh2);

        r0 = S.Add(xr0, r0);
        z0 = S.Add(xz0, z0);
        r1 = S.Add(xr1, r1);
        z1 = S.Add(xz1, z1);
        r2 = S.Add(xr2, r2);
        z2 = S.Add(xz2, z2);
        float* record = step.Record;
        V after0 = GruCell<S, V, A>.Finish(nx0, r0, z0, nh0, h, step.HiddenAfter, record);
        V after1 = GruCell<S, V, A>.Finish(nx1, r1, z1, nh1, h + Second, step.HiddenAfter + Second, record == null ? null : record + ChainRow);
        V after2 = GruCell<S, V, A>.Finish(nx2, r2, z2, nh2, h + Third, step.HiddenAfter + Third, record == null ? null : record + (2 * ChainRow));
        if (step.Answer == null) return;

        S.Store(step.Answer, after0);
        S.Store(step.Answer + Second, after1);
        S.Store(step.Answer + Third, after2);
    }

    // A matrix's part of three blocks' chains, three neighbours each, whose panels lie so many floats apart.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Accumulate(
        float* values, int count, float* w0, nint apart, ref V a0, ref V b0, ref V c0, ref V a1, ref V b1, ref V c1, ref V a2, ref V b2, ref V c2)
    {
        float* w1 = w0 + apart;
        float* w2 = w1 + apart;
        for (int k = 0; k < count; k++)
        {
            V v = S.Splat(values[k]);
            Meet(v, w0, ref a0, ref b0, ref c0);
            Meet(v, w1, ref a1, ref b1, ref c1);
            Meet(v, w2, ref a2, ref b2, ref c2);
            w0 += WeightRow;
            w1 += WeightRow;
            w2 += WeightRow;
        }
    }
}
