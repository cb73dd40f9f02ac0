using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// The chains of one time step of one stream: all four gates of a group of units stay in registers from the bias to the last h.
/// </summary>
/// <remarks>
/// Chain of every gate: bias (or an already projected input), then x in order, then h in order. Two groups of lanes run side by
/// side, 8 chains, which hides the latency of the multiply-add. Lane l of a group is unit <c>first + l</c>. The activations are
/// <see cref="LstmCell{S, V}"/>'s: called from here they would make the JIT keep accumulators on the stack inside the loops.
/// </remarks>
internal static unsafe class LstmStep<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    private const int Gates = 4;
    private const int Row = Gates * Sizes.Block;

    /// <param name="init">[blocks][i f g o][16]: where the chains start, the folded bias or the projected input.</param>
    /// <param name="x">[inputs]; may be null if <paramref name="inputs"/> is 0.</param>
    /// <param name="inputs">Length of x.</param>
    /// <param name="wx">Packed weight_ih.</param>
    /// <param name="h">[hidden], the state before the step.</param>
    /// <param name="hidden">Units.</param>
    /// <param name="wh">Packed weight_hh.</param>
    /// <param name="chains">[blocks][i f g o][16], written; may be <paramref name="init"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* init, float* x, int inputs, float* wx, float* h, int hidden, float* wh, float* chains)
    {
        int padded = Sizes.Padded(hidden);
        int unit = 0;
        for (; unit + (2 * S.Lanes) <= padded; unit += 2 * S.Lanes)
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

            float* w0 = At(wx, unit, inputs);
            float* w1 = At(wx, next, inputs);
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

            w0 = At(wh, unit, hidden);
            w1 = At(wh, next, hidden);
            for (int k = 0; k < hidden; k++)
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

            float* chains0 = At(chains, unit, 1);
            float* chains1 = At(chains, next, 1);
            S.Store(chains0, i0);
            S.Store(chains0 + Sizes.Block, f0);
            S.Store(chains0 + (2 * Sizes.Block), g0);
            S.Store(chains0 + (3 * Sizes.Block), o0);
            S.Store(chains1, i1);
            S.Store(chains1 + Sizes.Block, f1);
            S.Store(chains1 + (2 * Sizes.Block), g1);
            S.Store(chains1 + (3 * Sizes.Block), o1);
        }

        // The last group alone, where the blocks are odd in number and one fills a vector.
        for (; unit < padded; unit += S.Lanes)
        {
            float* init0 = At(init, unit, 1);
            V i0 = S.Load(init0);
            V f0 = S.Load(init0 + Sizes.Block);
            V g0 = S.Load(init0 + (2 * Sizes.Block));
            V o0 = S.Load(init0 + (3 * Sizes.Block));
            float* w0 = At(wx, unit, inputs);
            for (int k = 0; k < inputs; k++)
            {
                V v = S.Splat(x[k]);
                i0 = S.Fma(v, S.Load(w0), i0);
                f0 = S.Fma(v, S.Load(w0 + Sizes.Block), f0);
                g0 = S.Fma(v, S.Load(w0 + (2 * Sizes.Block)), g0);
                o0 = S.Fma(v, S.Load(w0 + (3 * Sizes.Block)), o0);
                w0 += Row;
            }

            w0 = At(wh, unit, hidden);
            for (int k = 0; k < hidden; k++)
            {
                V v = S.Splat(h[k]);
                i0 = S.Fma(v, S.Load(w0), i0);
                f0 = S.Fma(v, S.Load(w0 + Sizes.Block), f0);
                g0 = S.Fma(v, S.Load(w0 + (2 * Sizes.Block)), g0);
                o0 = S.Fma(v, S.Load(w0 + (3 * Sizes.Block)), o0);
                w0 += Row;
            }

            float* chains0 = At(chains, unit, 1);
            S.Store(chains0, i0);
            S.Store(chains0 + Sizes.Block, f0);
            S.Store(chains0 + (2 * Sizes.Block), g0);
            S.Store(chains0 + (3 * Sizes.Block), o0);
        }
    }

    // A unit's first gate in packed rows of the given depth: its block, then its lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* packed, int unit, int depth) =>
        packed + ((nint)(unit / Sizes.Block) * depth * Row) + (unit % Sizes.Block);
}
