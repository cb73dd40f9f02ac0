using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <content>
/// For few registers: the sums of all groups to memory, and then their activations, which side by side are a shorter wait.
/// </content>
internal static unsafe partial class LstmStep<S, V, A, H>
{
    /// <summary>All units: their sums, some groups side by side, and then their activations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunTogether(in StepOperands step)
    {
        // Pairs, eight chains; an odd last group comes with the two before it, since its own four would wait for each other.
        int first = step.Units.First;
        int groups = step.Groups(S.Lanes);
        int rest = groups % 2 == 0 ? 0 : Math.Min(groups, 3);
        int pairs = (groups - rest) / 2;
        int last = first + (pairs * 2 * S.Lanes);
        if (rest > 0 && step.Reversed) SumRest(step, last, rest);
        for (int i = 0; i < pairs; i++) SumPair(step, first + (2 * S.Lanes * step.InTurn(i, pairs)));
        if (rest > 0 && !step.Reversed) SumRest(step, last, rest);

        // Without inputs, the sums over x stand where those that are made here begin.
        LstmCell<S, V, A>.FinishRow(
            new(first, first + (groups * S.Lanes)), step.Inputs > 0 ? step.Gates : step.Init, step.Sums, step.Record != null,
            step.CellBefore, step.CellAfter, step.HiddenAfter, step.Answer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumRest(in StepOperands step, int unit, int groups)
    {
        if (groups == 3) GroupSums<S, V, Four, Three>.Run(step, hiddenChain: 0, unit);
        else GroupSums<S, V, Four, One>.Run(step, hiddenChain: 0, unit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumPair(in StepOperands step, int unit)
    {
        int next = unit + S.Lanes;
        MultiplyInputs(step, unit, out V i0, out V f0, out V g0, out V o0, out V i1, out V f1, out V g1, out V o1);
        if (step.Inputs > 0)
        {
            LstmCell<S, V, A>.StoreGates(At(step.Gates, unit, 1), i0, f0, g0, o0);
            LstmCell<S, V, A>.StoreGates(At(step.Gates, next, 1), i1, f1, g1, o1);
        }

        MultiplyHidden(step, unit, out i0, out f0, out g0, out o0, out i1, out f1, out g1, out o1);
        LstmCell<S, V, A>.StoreGates(At(step.Sums, unit, 1), i0, f0, g0, o0);
        LstmCell<S, V, A>.StoreGates(At(step.Sums, next, 1), i1, f1, g1, o1);
    }
}
