using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// <see cref="LstmStep{S, V, A}"/> for machines with 16 vector registers: finished chains are parked in memory, and the cell fetches
/// one gate after the other.
/// </summary>
/// <remarks>
/// Eight chains that wait in registers leave the activations too few, whose own values then go over the stack in the middle of a chain
/// that the step waits for: a step of 16 to 64 units took up to a third more. An odd last group stands in for its missing neighbour.
/// A single group has registers enough for <see cref="LstmStep{S, V, A}"/>.
/// </remarks>
internal static unsafe class LstmStepParked<S, V, A>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations<S, V>
{
    private const int Gates = 4;
    private const int Row = Gates * Sizes.Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    public static void Run(in StepOperands step)
    {
        float* init = step.Init;
        float* x = step.X;
        float* h = step.HiddenBefore;
        float* record = step.Record;
        int inputs = step.Inputs;
        int hidden = step.Hidden;
        int end = Math.Min(step.Units.End, hidden);
        int groups = (end - step.Units.First + S.Lanes - 1) / S.Lanes;
        int pairs = (groups + 1) / 2;
        int unit = step.Units.First + (step.Reversed ? (pairs - 1) * 2 * S.Lanes : 0);
        float* parked = stackalloc float[8 * S.Lanes];
        int stride = step.Reversed ? -2 * S.Lanes : 2 * S.Lanes;
        for (int pair = 0; pair < pairs; pair++, unit += stride)
        {
            int next = unit + S.Lanes < end ? unit + S.Lanes : unit;
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

            w0 = At(step.HiddenWeights, unit, hidden);
            w1 = At(step.HiddenWeights, next, hidden);
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

            S.Store(parked, i0);
            S.Store(parked + S.Lanes, f0);
            S.Store(parked + (2 * S.Lanes), g0);
            S.Store(parked + (3 * S.Lanes), o0);
            S.Store(parked + (4 * S.Lanes), i1);
            S.Store(parked + (5 * S.Lanes), f1);
            S.Store(parked + (6 * S.Lanes), g1);
            S.Store(parked + (7 * S.Lanes), o1);
            for (int group = 0; group < (next == unit ? 1 : 2); group++)
            {
                int first = unit + (group * S.Lanes);
                LstmCell<S, V, A>.FinishParked(
                    parked + (group * 4 * S.Lanes), step.CellBefore + first, step.CellAfter + first, step.HiddenAfter + first,
                    record == null ? null : At(record, first, 1));
            }
        }
    }

    // A unit's first gate in packed rows of the given depth: its block, then its lane.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* At(float* packed, int unit, int depth) =>
        packed + ((nint)(unit / Sizes.Block) * depth * Row) + (unit % Sizes.Block);
}
