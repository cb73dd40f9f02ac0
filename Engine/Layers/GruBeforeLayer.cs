using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>
/// Reset-before GRU. Gate rows are <c>[blocks][n r z][16]</c>, then <c>r·h</c> and its gradient. Weight_hh's r and z meet h, its n meets
/// <c>r·h</c>, so each of its products comes in two parts.
/// </summary>
internal sealed unsafe class GruBeforeLayer<S, V, A>(LayerName name, int inputSize, int hidden, MatrixFormat format)
    : RecurrentLayer<S, V>(name, inputSize, hidden, format, [1, 2, 0], [1, 2, 0], [Candidate, ResetUpdate], 3)
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
{
    private static readonly GateRange Candidate = new(0, 1);
    private static readonly GateRange ResetUpdate = new(1, 2);

    public override int GateColumns => Chains + (2 * PaddedHidden);

    private int ResetHiddenColumn => Chains;

    private int ResetHiddenGradientColumn => Chains + PaddedHidden;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void MultiplyHidden(in StepRows step, UnitRange units) =>
        MultiplyHidden(step, ResetUpdate, units, step.HiddenBefore, Sizes.Block);

    // All of r is needed before n's sum can begin, so part of the cell comes first.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void ChangeHidden(in StepRows step, UnitRange units) =>
        GruBeforeCell<S, V, A>.Reset(step.Batch, Hidden, units, step.Gates, step.HiddenSums, step.HiddenBefore);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void MultiplyChanged(in StepRows step, UnitRange units) =>
        MultiplyHidden(step, Candidate, units, step.Gates.FromColumn(ResetHiddenColumn), 0);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Activate(in StepRows step, UnitRange units, bool record) =>
        GruBeforeCell<S, V, A>.Complete(step.Batch, units, step.Gates, step.HiddenSums, step.HiddenBefore, step.Hidden);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void BackwardStep(in StepRows step, in StepGradients d)
    {
        Rows resetHiddenGradient = step.Gates.FromColumn(ResetHiddenGradientColumn);
        GruBeforeCell<S, V, A>.BackwardComplete(step.Batch, Hidden, step.Gates, step.HiddenBefore, d.Hidden, d.HiddenBefore);
        MultiplyHiddenTransposed(step, d, Candidate, 0, default, resetHiddenGradient);
        GruBeforeCell<S, V, A>.BackwardReset(step.Batch, Hidden, step.Gates, step.HiddenBefore, d.HiddenBefore);
        MultiplyHiddenTransposed(step, d, ResetUpdate, Sizes.Block, d.HiddenBefore, d.HiddenBefore);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void AccumulateHiddenGradient(in BackwardPass pass, float* gradient, Crew? crew)
    {
        AccumulateHiddenGradient(pass, gradient, ResetUpdate, Sizes.Block, crew);
        Rows gates = pass.Forward.Gates;
        PanelProduct<S, V>.AccumulateGradient(
            HiddenLayout, gradient, Candidate, pass.Forward.Steps * pass.Forward.Batch, gates.FromColumn(ResetHiddenColumn), gates, Pitch,
            crew);
    }
}
