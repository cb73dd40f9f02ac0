using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;

namespace Engine.Layers;

/// <summary>
/// Reset-after GRU. Gate rows are <c>[blocks][n_x r z n_h][16]</c>: weight_ih has the first three, weight_hh the last three.
/// </summary>
internal sealed class GruLayer<S, V, A> : RecurrentLayer<S, V>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
{
    private readonly UnitOrders _orders;

    public GruLayer(LayerName name, int inputSize, int hidden, MatrixFormat format)
        : base(name, inputSize, hidden, format, [1, 2, 0], [0, 1, 2], [new(0, 3)], 4) =>
        _orders = new(HiddenLayout.Gates, hidden, S.Lanes, S.ManyRegisters, NearCache.Bytes);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void StepAlone(in StepOperands step)
    {
        if (StepsInWords) BFloat16GruStep<S, V, A>.Run(step);
        else if (step.Met == 0) StepAlone<NewSums>(step);
        else StepAlone<BegunSums>(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void FinishPanel(in StepOperands step)
    {
        if (S.Lanes == Sizes.Block) GruStep<S, V, A, BegunSums>.RunGroup(step, step.Units.First);
        else if (S.ManyRegisters) GruStep<S, V, A, BegunSums>.RunTwoByTwo(step);
        else GruStep<S, V, A, BegunSums>.RunTogether(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Activate(in StepRows step, UnitRange units, bool record) =>
        GruCell<S, V, A>.Forward(step.Batch, units, step.Gates, step.HiddenSums, record, step.HiddenBefore, step.Hidden);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void BackwardStep(in StepRows step, in StepGradients d)
    {
        GruCell<S, V, A>.Backward(step.Batch, Hidden, step.Gates, step.HiddenBefore, d.Hidden, d.HiddenBefore);
        MultiplyHiddenTransposed(step, d, GateRange.All(HiddenLayout), HiddenOffset, d.HiddenBefore, d.HiddenBefore);
    }

    protected override bool TakesAllAtOnce(in StepOperands step) => !StepsInWords && _orders.IsThree(step.Inputs + Hidden);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StepAlone<H>(in StepOperands step)
        where H : struct, IHiddenSums
    {
        if (Hidden <= S.Lanes) GruStep<S, V, A, H>.RunGroup(step, 0);
        else if (_orders.IsThree(step.Inputs + Hidden)) GruStep<S, V, A, H>.RunThree(step);
        else if (_orders.IsTwoByTwo(step.Inputs + Hidden)) GruStep<S, V, A, H>.RunTwoByTwo(step);
        else if (_orders.IsTogether) GruStep<S, V, A, H>.RunTogether(step);
        else GruStep<S, V, A, H>.RunApart(step);
    }
}
