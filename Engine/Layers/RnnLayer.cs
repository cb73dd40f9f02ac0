using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;

namespace Engine.Layers;

/// <summary>
/// Vanilla RNN with nonlinearity <typeparamref name="F"/>. Gate rows are <c>[padded hidden]</c>, the one sum over x of every unit.
/// </summary>
internal sealed class RnnLayer<S, V, F>(LayerName name, int inputSize, int hidden, MatrixFormat format)
    : RecurrentLayer<S, V>(name, inputSize, hidden, format, [0], [0], [new(0, 1)], 1)
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity
{
    protected override int StripUnits => StepsInWords ? BFloat16RnnStep<S, V, F>.StripUnits(Hidden) : HiddenLayout.PanelUnits;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void StepAlone(in StepOperands step)
    {
        if (StepsInWords) BFloat16RnnStep<S, V, F>.Run(step);
        else if (step.Met == 0) RnnStep<S, V, F, NewSums>.Run(step);
        else RnnStep<S, V, F, BegunSums>.Run(step);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void FinishPanel(in StepOperands step) => RnnStep<S, V, F, BegunSums>.Run(step);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void Activate(in StepRows step, UnitRange units, bool record) =>
        RnnCell<S, V, F>.Forward(step.Batch, units, step.Gates, step.HiddenSums, step.Hidden);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected override void BackwardStep(in StepRows step, in StepGradients d)
    {
        RnnCell<S, V, F>.Backward(step.Batch, Hidden, step.Gates, step.Hidden, d.Hidden);
        MultiplyHiddenTransposed(step, d, GateRange.All(HiddenLayout), HiddenOffset, d.HiddenBefore, d.HiddenBefore);
    }
}
