using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// The element by element part of a reset-after GRU: <c>n = tanh(n_x + r·n_h)</c>, <c>h' = (1 − z)·n + z·h</c> with
/// <c>n_x = Wn x + b_in</c> and <c>n_h = Un h + b_hn</c> (Cho et al. 2014 in PyTorch's and cuDNN's variant).
/// </summary>
/// <remarks>Gate rows are <c>[blocks][n_x r z n_h][16 lanes]</c>; state rows are <c>[padded hidden]</c>.</remarks>
internal static unsafe class GruCell<S, V, A>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
{
    private const int Chains = 4;

    /// <summary>
    /// The pass over <paramref name="rows"/> rows: the sums over x stand in <paramref name="gates"/>, which keeps n, r, z, n_h if asked,
    /// those over h in <paramref name="hiddenSums"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int rows, UnitRange units, Rows gates, Rows hiddenSums, bool record, Rows h, Rows hOut)
    {
        // One half after the other, as in an LSTM's cell.
        UnitRange whole = units.InWhole(S.Lanes);
        MakeSums(rows, whole, gates, hiddenSums, record);
        MakeHiddens(rows, whole, gates, record, h, hOut);

        // Half a block, where a vector is a whole one.
        if (whole.End < units.End) GruCell<Simd256, Vector256<float>, A>.Forward(rows, new(whole.End, units.End), gates, hiddenSums, record, h, hOut);
    }

    /// <summary>
    /// One time step back: turns the recorded n, r, z, n_h into the gradients of their chains, in place, and adds what reaches h
    /// directly to <paramref name="dhBefore"/>.
    /// </summary>
    /// <remarks>
    /// <c>dn_x = dh·(1−z)·(1−n²)</c>, <c>dz = dh·(h−n)·z(1−z)</c>, <c>dr = dn_x·n_h·r(1−r)</c>, <c>dn_h = dn_x·r</c>,
    /// <c>dh₋₁ += dh·z</c>.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Backward(int rows, int hidden, Rows gates, Rows hBefore, Rows dh, Rows dhBefore)
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
                V r = S.Load(gate + Sizes.Block);
                V z = S.Load(gate + (2 * Sizes.Block));
                V nh = S.Load(gate + (3 * Sizes.Block));
                V dhHere = S.Load(dhRow + unit);

                V dn = S.Multiply(S.Multiply(dhHere, S.Subtract(one, z)), S.FmaNegated(n, n, one));
                V dz = S.Multiply(S.Multiply(dhHere, S.Subtract(S.Load(hBeforeRow + unit), n)), S.Multiply(z, S.Subtract(one, z)));
                V dr = S.Multiply(S.Multiply(dn, nh), S.Multiply(r, S.Subtract(one, r)));

                S.Store(gate, dn);
                S.Store(gate + Sizes.Block, dr);
                S.Store(gate + (2 * Sizes.Block), dz);
                S.Store(gate + (3 * Sizes.Block), S.Multiply(dn, r));
                S.Store(dhBeforeRow + unit, S.Fma(dhHere, z, S.Load(dhBeforeRow + unit)));
            }

            gateRow += gates.Stride;
            hBeforeRow += hBefore.Stride;
            dhRow += dh.Stride;
            dhBeforeRow += dhBefore.Stride;
        }
    }

    /// <summary>From the chains of one vector of units to their new state; the activated gates go to <paramref name="record"/> unless it is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Finish(V nx, V r, V z, V nh, float* h, float* hOut, float* record)
    {
        r = A.Sigmoid<S, V>(r);
        z = A.Sigmoid<S, V>(z);
        V n = A.Tanh<S, V>(S.Fma(r, nh, nx));
        V after = Blend(z, S.Load(h), n);
        S.Store(hOut, after);
        if (record == null) return after;

        S.Store(record, n);
        S.Store(record + Sizes.Block, r);
        S.Store(record + (2 * Sizes.Block), z);
        S.Store(record + (3 * Sizes.Block), nh);
        return after;
    }

    /// <summary><c>(1−z)·n + z·h</c>: of the two, n comes last, and then it is one operation.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Blend(V z, V h, V n) => S.Fma(S.Subtract(S.Splat(1f), z), n, S.Multiply(z, h));

    /// <summary>
    /// The same for units of one row, from sums in memory, as <see cref="Forward"/> does it. The answer is a second place for h', or null.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FinishRow(UnitRange units, float* chains, float* sums, bool record, float* h, float* hOut, float* answer)
    {
        MakeSum(units, chains, sums, record);
        MakeHidden(units, chains, record, h, hOut, answer);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MakeSums(int rows, UnitRange units, Rows gates, Rows hiddenSums, bool record)
    {
        float* gateRow = gates.Data;
        float* sumRow = hiddenSums.Data;
        for (int row = 0; row < rows; row++)
        {
            MakeSum(units, gateRow, sumRow, record);
            gateRow += gates.Stride;
            sumRow += hiddenSums.Stride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MakeHiddens(int rows, UnitRange units, Rows gates, bool record, Rows h, Rows hOut)
    {
        float* gateRow = gates.Data;
        float* hRow = h.Data;
        float* hOutRow = hOut.Data;
        for (int row = 0; row < rows; row++)
        {
            MakeHidden(units, gateRow, record, hRow, hOutRow, answer: null);
            gateRow += gates.Stride;
            hRow += h.Stride;
            hOutRow += hOut.Stride;
        }
    }

    // First half: r, z, and the sum that n is the tanh of, which waits where n_x stood.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MakeSum(UnitRange units, float* chains, float* sums, bool record)
    {
        for (nint unit = units.First; unit < units.End; unit += S.Lanes)
        {
            nint at = Sizes.FirstChain(unit, Chains);
            float* chain = chains + at;
            float* sum = sums + at;
            V r = A.Sigmoid<S, V>(S.Add(S.Load(chain + Sizes.Block), S.Load(sum + Sizes.Block)));
            V z = A.Sigmoid<S, V>(S.Add(S.Load(chain + (2 * Sizes.Block)), S.Load(sum + (2 * Sizes.Block))));
            V nh = S.Load(sum + (3 * Sizes.Block));
            S.Store(chain, S.Fma(r, nh, S.Load(chain)));
            S.Store(chain + (2 * Sizes.Block), z);
            if (!record) continue;

            S.Store(chain + Sizes.Block, r);
            S.Store(chain + (3 * Sizes.Block), nh);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MakeHidden(UnitRange units, float* chains, bool record, float* h, float* hOut, float* answer)
    {
        for (nint unit = units.First; unit < units.End; unit += S.Lanes)
        {
            float* chain = chains + Sizes.FirstChain(unit, Chains);
            V n = A.Tanh<S, V>(S.Load(chain));
            if (record) S.Store(chain, n);
            V after = Blend(S.Load(chain + (2 * Sizes.Block)), S.Load(h + unit), n);
            S.Store(hOut + unit, after);
            if (answer != null) S.Store(answer + unit, after);
        }
    }
}
