using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Threads;

namespace Engine.Layers;

/// <content>
/// One stream, whose steps have a kernel of their own.
/// </content>
internal abstract unsafe partial class RecurrentLayer<S, V>
{
    public sealed override bool StepsAlone { get; }

    // Only whole vectors are written, and the answer has no padding.
    public sealed override bool AnswersAlone => StepsAlone && Hidden % S.Lanes == 0;

    /// <summary>Whether a step of one stream reads bfloat16 weights, two to a word.</summary>
    protected bool StepsInWords { get; }

    public sealed override StepOperands OperandsOf(in ForwardPass pass) => new()
    {
        Init = Bias,
        HiddenSums = pass.Prepared ? pass.HiddenSums.Data : HiddenBias,
        Gates = pass.Gates.Data,
        Sums = pass.HiddenSums.Data,
        Met = pass.Prepared ? Hidden : 0,
        X = pass.Input.Data,
        Inputs = InputSize,
        InputWeights = InputWeights,
        HiddenWeights = HiddenWeights,
        Hidden = Hidden,
        Units = _allUnits,
        HiddenBefore = pass.Hidden.Data,
        HiddenAfter = pass.Output.Data,
        CellBefore = pass.Cell.Data,
        CellAfter = pass.CellOut.Data,
        Record = pass.Record ? pass.Gates.Data : null,
    };

    /// <summary>Whether <see cref="Layer.StepAlone"/> computes all units of this step or none, so that it cannot be shared.</summary>
    protected virtual bool TakesAllAtOnce(in StepOperands step) => false;

    // One stream: a single step takes x and h in one go; of several, the input's product comes first, for all steps at once, and where it
    // pays two of them share what they read. A recorded step always has the product, which writes the padding of its gates, too: the
    // way back runs over that.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ForwardAlone(in ForwardPass pass, Crew? crew)
    {
        StepOperands step = OperandsOf(pass);
        if (pass.Steps == 1 && !pass.Record)
        {
            if (crew is not null && SharesStep(step, crew)) StepShared(step, crew);
            else StepAlone(step);
            return;
        }

        Project(pass, crew);
        step.Init = pass.Gates.Data;
        step.Inputs = 0;
        bool shared = crew is not null && SharesStep(step, crew);
        int t = 0;
        if (_stepsInPairs && !shared)
        {
            for (; t < pass.Steps - 1; t += 2)
            {
                StepOperands first = step;
                Advance(ref step, pass);
                StepPair(first, step, pass.HiddenSums);
                Advance(ref step, pass);
            }
        }

        for (; t < pass.Steps; t++)
        {
            if (shared) StepShared(step, crew!);
            else StepAlone(step);
            Advance(ref step, pass);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Advance(ref StepOperands step, in ForwardPass pass)
    {
        step.Reversed = !step.Reversed;
        step.Init += pass.Gates.Stride;
        if (pass.Record) step.Record = step.Init;
        step.HiddenBefore = step.HiddenAfter;
        step.HiddenAfter += pass.Output.Stride;
        step.CellBefore = step.CellAfter;
        step.CellAfter += pass.CellStep;
    }
}
