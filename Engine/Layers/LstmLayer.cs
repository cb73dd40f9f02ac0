using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;

namespace Engine.Layers;

/// <summary>LSTM. Gate rows are <c>[blocks][i f g o][16]</c>; both weight matrices have all four.</summary>
internal sealed class LstmLayer<S, V, A> : RecurrentLayer<S, V>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations
{
    private readonly UnitOrders _orders;

    public LstmLayer(LayerName name, int inputSize, int hidden, MatrixFormat format)
        : base(name, inputSize, hidden, format, [0, 1, 2, 3], [0, 1, 2, 3], [new(0, 4)], 4) =>
        _orders = new(HiddenLayout.Gates, hidden, S.Lanes, S.ManyRegisters, NearCache.Bytes);

    public override bool HasCell => true;

    // The forget gate, the second of four.
    protected override (int First, int Count) OpenAtFirst => (Hidden, Hidden);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void StepAlone(in StepOperands step)
    {
        if (StepsInWords) BFloat16LstmStep<S, V, A>.Run(step);
        else if (step.Met == 0) StepAlone<NewSums>(step);
        else StepAlone<BegunSums>(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void FinishPanel(in StepOperands step)
    {
        if (S.Lanes == Sizes.Block) LstmStep<S, V, A, BegunSums>.RunGroup(step, step.Units.First);
        else if (S.ManyRegisters) LstmStep<S, V, A, BegunSums>.RunTwoByTwo(step);
        else LstmStep<S, V, A, BegunSums>.RunTogether(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Activate(in StepRows step, UnitRange units, bool record) =>
        LstmCell<S, V, A>.Forward(step.Batch, units, step.Gates, step.HiddenSums, record, step.CellBefore, step.Cell, step.Hidden);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void BackwardStep(in StepRows step, in StepGradients d)
    {
        LstmCell<S, V, A>.Backward(step.Batch, Hidden, step.Gates, step.CellBefore, step.Cell, d.Hidden, d.Cell);
        MultiplyHiddenTransposed(step, d, GateRange.All(HiddenLayout), HiddenOffset, d.HiddenBefore, d.HiddenBefore);
    }

    protected override bool TakesAllAtOnce(in StepOperands step) => !StepsInWords && _orders.IsThree(step.Inputs + Hidden);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void StepAlone<H>(in StepOperands step)
        where H : struct, IHiddenSums
    {
        if (Hidden <= S.Lanes) LstmStep<S, V, A, H>.RunGroup(step, 0);
        else if (_orders.IsThree(step.Inputs + Hidden)) LstmStep<S, V, A, H>.RunThree(step);
        else if (_orders.IsTwoByTwo(step.Inputs + Hidden)) LstmStep<S, V, A, H>.RunTwoByTwo(step);
        else if (_orders.IsTogether) LstmStep<S, V, A, H>.RunTogether(step);
        else LstmStep<S, V, A, H>.RunApart(step);
    }
}
