using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// The element by element part of an LSTM: from the gates' sums to the new state, and back.
/// <c>c' = σ(f)·c + σ(i)·tanh(g)</c>, <c>h' = σ(o)·tanh(c')</c> (Hochreiter and Schmidhuber 1997, with Gers' forget gate; PyTorch's
/// order i, f, g, o).
/// </summary>
/// <remarks>
/// Gate rows are <c>[blocks][i f g o][16 lanes]</c>; state rows are <c>[padded hidden]</c>. Padding lanes are computed like the
/// others, or left as they are.
/// </remarks>
internal static unsafe class LstmCell<S, V, A>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
{
    private const int Chains = 4;

    /// <summary>
    /// The pass over <paramref name="rows"/> rows: the gates' sums over x stand in <paramref name="gates"/>, which keeps the activated gates if
    /// asked, those over h in <paramref name="hiddenSums"/>.
    /// </summary>
    /// <remarks>
    /// One half after the other: from a gate's sum to h' two quotients wait for each other, and the core does not look far enough ahead
    /// to begin enough other units meanwhile.
    /// </remarks>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Forward(int rows, UnitRange units, Rows gates, Rows hiddenSums, bool record, Rows c, Rows cOut, Rows hOut)
    {
        UnitRange whole = units.InWhole(S.Lanes);
        MakeCells(rows, whole, gates, hiddenSums, record, c, cOut, hOut);
        MakeHiddens(rows, whole, cOut, hOut);

        // Half a block, where a vector is a whole one.
        if (whole.End < units.End) LstmCell<Simd256, Vector256<float>, A>.Forward(rows, new(whole.End, units.End), gates, hiddenSums, record, c, cOut, hOut);
    }

    /// <summary>
    /// One time step back: turns the recorded gates into the gradients of their chains, in place.
    /// </summary>
    /// <remarks>
    /// <c>do = dh·tanh(c)·o(1−o)</c>, <c>dc += dh·o·(1−tanh²c)</c>, <c>di = dc·g·i(1−i)</c>, <c>df = dc·c₋₁·f(1−f)</c>,
    /// <c>dg = dc·i·(1−g²)</c>, <c>dc₋₁ = dc·f</c>. tanh(c) is computed again rather than recorded: same bits, less memory.
    /// </remarks>
    /// <param name="rows">Batch rows.</param>
    /// <param name="hidden">Units.</param>
    /// <param name="gates">In: activated gates. Out: their gradients.</param>
    /// <param name="cBefore">Cell before the step.</param>
    /// <param name="c">Cell after the step.</param>
    /// <param name="dh">Gradient of h after the step.</param>
    /// <param name="dc">In: gradient of the cell after the step as later steps see it. Out: of the cell before it.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Backward(int rows, int hidden, Rows gates, Rows cBefore, Rows c, Rows dh, Rows dc)
    {
        nint padded = Sizes.Padded(hidden);
        V one = S.Splat(1f);
        float* gateRow = gates.Data;
        float* cBeforeRow = cBefore.Data;
        float* cRow = c.Data;
        float* dhRow = dh.Data;
        float* dcRow = dc.Data;
        for (int row = 0; row < rows; row++)
        {
            for (nint unit = 0; unit < padded; unit += S.Lanes)
            {
                float* gate = gateRow + Sizes.FirstChain(unit, Chains);
                V i = S.Load(gate);
                V f = S.Load(gate + Sizes.Block);
                V g = S.Load(gate + (2 * Sizes.Block));
                V o = S.Load(gate + (3 * Sizes.Block));
                V tanhC = A.Tanh<S, V>(S.Load(cRow + unit));
                V dhHere = S.Load(dhRow + unit);

                V dcHere = S.Fma(S.Multiply(dhHere, o), S.FmaNegated(tanhC, tanhC, one), S.Load(dcRow + unit));
                V dO = S.Multiply(S.Multiply(dhHere, tanhC), S.Multiply(o, S.Subtract(one, o)));
                V di = S.Multiply(S.Multiply(dcHere, g), S.Multiply(i, S.Subtract(one, i)));
                V df = S.Multiply(S.Multiply(dcHere, S.Load(cBeforeRow + unit)), S.Multiply(f, S.Subtract(one, f)));
                V dg = S.Multiply(S.Multiply(dcHere, i), S.FmaNegated(g, g, one));

                S.Store(gate, di);
                S.Store(gate + Sizes.Block, df);
                S.Store(gate + (2 * Sizes.Block), dg);
                S.Store(gate + (3 * Sizes.Block), dO);
                S.Store(dcRow + unit, S.Multiply(dcHere, f));
            }

            gateRow += gates.Stride;
            cBeforeRow += cBefore.Stride;
            cRow += c.Stride;
            dhRow += dh.Stride;
            dcRow += dc.Stride;
        }
    }

    /// <summary>From the whole sums of one vector of units to their new state; the activated gates go to <paramref name="record"/> unless it is null.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Finish(V i, V f, V g, V o, float* c, float* cOut, float* hOut, float* record)
    {
        // The longest first: the core prefers older instructions.
        g = A.Tanh<S, V>(g);
        i = A.Sigmoid<S, V>(i);
        f = A.Sigmoid<S, V>(f);
        o = A.Sigmoid<S, V>(o);
        V cell = S.Fma(f, S.Load(c), S.Multiply(i, g));
        S.Store(cOut, cell);
        V h = A.ScaledTanh<S, V>(o, cell);
        S.Store(hOut, h);
        if (record != null) StoreGates(record, i, f, g, o);
        return h;
    }

    /// <summary>
    /// The same for units of one row, from sums in memory, as <see cref="Forward"/> does it. The answer is a second place for h', or null.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void FinishRow(UnitRange units, float* gates, float* sums, bool record, float* c, float* cOut, float* hOut, float* answer)
    {
        MakeCell(units, gates, sums, record, c, cOut, hOut);
        MakeHidden(units, cOut, hOut, answer);
    }

    /// <summary>One vector of units' gates, or their sums, to where they belong in a gate row, which begins at <paramref name="gates"/> for them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreGates(float* gates, V i, V f, V g, V o)
    {
        S.Store(gates, i);
        S.Store(gates + Sizes.Block, f);
        S.Store(gates + (2 * Sizes.Block), g);
        S.Store(gates + (3 * Sizes.Block), o);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MakeCells(int rows, UnitRange units, Rows gates, Rows hiddenSums, bool record, Rows c, Rows cOut, Rows hOut)
    {
        // Rows are stepped to, not told from their number: the core does both kinds of arithmetic on the same ports.
        float* gateRow = gates.Data;
        float* sumRow = hiddenSums.Data;
        float* cRow = c.Data;
        float* cOutRow = cOut.Data;
        float* hOutRow = hOut.Data;
        for (int row = 0; row < rows; row++)
        {
            MakeCell(units, gateRow, sumRow, record, cRow, cOutRow, hOutRow);
            gateRow += gates.Stride;
            sumRow += hiddenSums.Stride;
            cRow += c.Stride;
            cOutRow += cOut.Stride;
            hOutRow += hOut.Stride;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private static void MakeHiddens(int rows, UnitRange units, Rows c, Rows h)
    {
        float* cRow = c.Data;
        float* hRow = h.Data;
        for (int row = 0; row < rows; row++)
        {
            MakeHidden(units, cRow, hRow, answer: null);
            cRow += c.Stride;
            hRow += h.Stride;
        }
    }

    // First half: the gates, and c'. The place of h' is where o waits for the second.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MakeCell(UnitRange units, float* gates, float* sums, bool record, float* c, float* cOut, float* hOut)
    {
        for (nint unit = units.First; unit < units.End; unit += S.Lanes)
        {
            nint at = Sizes.FirstChain(unit, Chains);
            float* gate = gates + at;
            float* sum = sums + at;
            V g = A.Tanh<S, V>(S.Add(S.Load(gate + (2 * Sizes.Block)), S.Load(sum + (2 * Sizes.Block))));
            V i = A.Sigmoid<S, V>(S.Add(S.Load(gate), S.Load(sum)));
            V f = A.Sigmoid<S, V>(S.Add(S.Load(gate + Sizes.Block), S.Load(sum + Sizes.Block)));
            V o = A.Sigmoid<S, V>(S.Add(S.Load(gate + (3 * Sizes.Block)), S.Load(sum + (3 * Sizes.Block))));
            S.Store(cOut + unit, S.Fma(f, S.Load(c + unit), S.Multiply(i, g)));
            S.Store(hOut + unit, o);
            if (record) StoreGates(gate, i, f, g, o);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void MakeHidden(UnitRange units, float* c, float* h, float* answer)
    {
        for (nint unit = units.First; unit < units.End; unit += S.Lanes)
        {
            V after = A.ScaledTanh<S, V>(S.Load(h + unit), S.Load(c + unit));
            S.Store(h + unit, after);
            if (answer != null) S.Store(answer + unit, after);
        }
    }
}
