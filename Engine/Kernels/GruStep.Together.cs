using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <content>
/// For few registers: the sums of all groups to memory, and then their activations, which side by side are a shorter wait.
/// </content>
internal static unsafe partial class GruStep<S, V, A, H>
{
    /// <summary>All units: their sums, some groups side by side, and then their activations.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void RunTogether(in StepOperands step)
    {
        // A pair's six chains wait for their own multiply-adds, the twelve of four groups do not, and leave a register for the value that they meet.
        // What is left are two groups or three, or both; one only where there are no others.
        int first = step.Units.First;
        int groups = step.Groups(S.Lanes);
        if (groups <= 3)
        {
            SumRest(step, first, groups);
        }
        else
        {
            int rest = groups % 4 == 1 ? 5 : groups % 4;
            int fours = (groups - rest) / 4;
            int last = first + (fours * 4 * S.Lanes);
            if (step.Reversed) SumRest(step, last, rest);
            for (int i = 0; i < fours; i++) SumGroups<Four>(step, first + (4 * S.Lanes * step.InTurn(i, fours)));
            if (!step.Reversed) SumRest(step, last, rest);
        }

        // Without inputs, the sums over x stand where those that are made here begin.
        GruCell<S, V, A>.FinishRow(
            new(first, first + (groups * S.Lanes)), step.Inputs > 0 ? step.Gates : step.Init, step.Sums, step.Record != null,
            step.HiddenBefore, step.HiddenAfter, step.Answer);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumRest(in StepOperands step, int unit, int groups)
    {
        // The pair stands before the three: the other way round, a block would be cut between them, and its lines read twice.
        int three = groups is 5 ? unit + (2 * S.Lanes) : unit;
        if (groups is 3 || (groups is 5 && step.Reversed)) SumGroups<Three>(step, three);
        if (groups is 2 or 5) SumPair(step, unit);
        if (groups is 5 && !step.Reversed) SumGroups<Three>(step, three);
        if (groups is 1) SumGroups<One>(step, unit);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumPair(in StepOperands step, int unit)
    {
        MultiplyInputs(step, unit, out V nx0, out V r0, out V z0, out V nx1, out V r1, out V z1);
        if (step.Inputs > 0)
        {
            Store(At(step.Gates, unit, 1, ChainRow), nx0, r0, z0);
            Store(At(step.Gates, unit + S.Lanes, 1, ChainRow), nx1, r1, z1);
        }

        MultiplyHidden(step, unit, out r0, out z0, out V nh0, out r1, out z1, out V nh1);
        float* sums = step.Sums + Sizes.Block;
        Store(At(sums, unit, 1, ChainRow), r0, z0, nh0);
        Store(At(sums, unit + S.Lanes, 1, ChainRow), r1, z1, nh1);
    }

    // Of a unit's four chains x has a part in the first three, h in the last three.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void SumGroups<N>(in StepOperands step, int unit)
        where N : struct, ICount =>
        GroupSums<S, V, Three, N>.Run(step, hiddenChain: 1, unit);
}
