using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// The element by element parts of a reset-before GRU: <c>n = tanh(Wn x + Un (r·h) + b)</c>, <c>h' = (1 − z)·n + z·h</c>
/// (Cho et al. 2014 as published; ONNX's and Keras' alternative). A step has two halves, since r is needed before n's sum over r·h can begin.
/// </summary>
/// <remarks>
/// Gate rows are <c>[blocks][n r z][16 lanes]</c> and then two plain rows of <c>[padded hidden]</c>: <c>r·h</c>, and in the backward
/// pass its gradient.
/// </remarks>
internal static unsafe class GruBeforeCell<S, V, A>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
{
    private const int Chains = 3;

    /// <summary>First half: r and z from their sums over x and h, in place of the former, and r·h.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Reset(int rows, int hidden, UnitRange units, Rows gates, Rows hiddenSums, Rows h)
    {
        UnitRange whole = units.InWhole(S.Lanes);
        nint resetHidden = Chains * Sizes.Padded(hidden);
        float* gateRow = gates.Data;
        float* sumRow = hiddenSums.Data;
        float* hRow = h.Data;
        for (int row = 0; row < rows; row++)
        {
            for (nint unit = whole.First; unit < whole.End; unit += S.Lanes)
            {
                nint at = Sizes.FirstChain(unit, Chains);
                float* gate = gateRow + at;
                float* sum = sumRow + at;
                V r = A.Sigmoid<S, V>(S.Add(S.Load(gate + Sizes.Block), S.Load(sum + Sizes.Block)));
                S.Store(gate + Sizes.Block, r);
                V z = A.Sigmoid<S, V>(S.Add(S.Load(gate + (2 * Sizes.Block)), S.Load(sum + (2 * Sizes.Block))));
                S.Store(gate + (2 * Sizes.Block), z);
                S.Store(gateRow + resetHidden + unit, S.Multiply(r, S.Load(hRow + unit)));
            }

            gateRow += gates.Stride;
            sumRow += hiddenSums.Stride;
            hRow += h.Stride;
        }

        // Half a block, where a vector is a whole one.
        if (whole.End < units.End) GruBeforeCell<Simd256, Vector256<float>, A>.Reset(rows, hidden, new(whole.End, units.End), gates, hiddenSums, h);
    }

    /// <summary>Second half: n from its sums over x and r·h, in place of the former, and the new state.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Complete(int rows, UnitRange units, Rows gates, Rows hiddenSums, Rows h, Rows hOut)
    {
        UnitRange whole = units.InWhole(S.Lanes);
        float* gateRow = gates.Data;
        float* sumRow = hiddenSums.Data;
        float* hRow = h.Data;
        float* hOutRow = hOut.Data;
        for (int row = 0; row < rows; row++)
        {
            for (nint unit = whole.First; unit < whole.End; unit += S.Lanes)
            {
                nint at = Sizes.FirstChain(unit, Chains);
                float* gate = gateRow + at;
                V n = A.Tanh<S, V>(S.Add(S.Load(gate), S.Load(sumRow + at)));
                S.Store(gate, n);
                S.Store(hOutRow + unit, GruCell<S, V, A>.Blend(S.Load(gate + (2 * Sizes.Block)), S.Load(hRow + unit), n));
            }

            gateRow += gates.Stride;
            sumRow += hiddenSums.Stride;
            hRow += h.Stride;
            hOutRow += hOut.Stride;
        }

        // Half a block, where a vector is a whole one.
        if (whole.End < units.End) GruBeforeCell<Simd256, Vector256<float>, A>.Complete(rows, new(whole.End, units.End), gates, hiddenSums, h, hOut);
    }

    /// <summary>
    /// Back through the second half: n and z become their chains' gradients; <c>dh₋₁ += dh·z</c>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void BackwardComplete(int rows, int hidden, Rows gates, Rows hBefore, Rows dh, Rows dhBefore)
    {
        nint padded = Sizes.Padded(hidden);
        V one = S.Splat(1f);
        float* gateRow = gates.Data;
        float* hBeforeRow = hBefore.Data;
        float* dhRow = dh.Data;
        float* dhBeforeRow = dhBefore.Data;
        for (int row = 0; row < rows; row++)
        {
            for (nint unit = 0; unit < padded; unit += S.Lanes)
            {
                float* gate = gateRow + Sizes.FirstChain(unit, Chains);
                V n = S.Load(gate);
                V z = S.Load(gate + (2 * Sizes.Block));
                V dhHere = S.Load(dhRow + unit);
                S.Store(gate, S.Multiply(S.Multiply(dhHere, S.Subtract(one, z)), S.FmaNegated(n, n, one)));
                V dz = S.Multiply(S.Multiply(dhHere, S.Subtract(S.Load(hBeforeRow + unit), n)), S.Multiply(z, S.Subtract(one, z)));
                S.Store(gate + (2 * Sizes.Block), dz);
                S.Store(dhBeforeRow + unit, S.Fma(dhHere, z, S.Load(dhBeforeRow + unit)));
            }

            gateRow += gates.Stride;
            hBeforeRow += hBefore.Stride;
            dhRow += dh.Stride;
            dhBeforeRow += dhBefore.Stride;
        }
    }

    /// <summary>
    /// Back through the first half, from the gradient of r·h: r becomes its chain's gradient; <c>dh₋₁ += d(r·h)·r</c>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void BackwardReset(int rows, int hidden, Rows gates, Rows hBefore, Rows dhBefore)
    {
        nint padded = Sizes.Padded(hidden);
        nint dResetHidden = (Chains + 1) * padded;
        V one = S.Splat(1f);
        float* gateRow = gates.Data;
        float* hBeforeRow = hBefore.Data;
        float* dhBeforeRow = dhBefore.Data;
        for (int row = 0; row < rows; row++)
        {
            for (nint unit = 0; unit < padded; unit += S.Lanes)
            {
                float* gate = gateRow + Sizes.FirstChain(unit, Chains);
                V r = S.Load(gate + Sizes.Block);
                V d = S.Load(gateRow + dResetHidden + unit);
                S.Store(gate + Sizes.Block, S.Multiply(S.Multiply(d, S.Load(hBeforeRow + unit)), S.Multiply(r, S.Subtract(one, r))));
                S.Store(dhBeforeRow + unit, S.Fma(d, r, S.Load(dhBeforeRow + unit)));
            }

            gateRow += gates.Stride;
            hBeforeRow += hBefore.Stride;
            dhBeforeRow += dhBefore.Stride;
        }
    }
}
