using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>
/// A linear layer of one block of outputs: its panel is so narrow that an output needs several chains. A step of one stream has a kernel of its own.
/// </summary>
internal sealed unsafe class NarrowLinearLayer<S, V>(LayerName name, int inputSize, int outputs, bool lastStepOnly)
    : PanelLinearLayer<S, V>(name, inputSize, outputs, lastStepOnly)
    where S : struct, ISimd<V>
    where V : struct
{
    public override bool StepsAlone => true;

    public override bool AnswersAlone => true;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void StepAlone(in StepOperands step)
    {
        NarrowProduct<S, V>.Forward(1, step.Hidden, step.Inputs, new(step.X, 0), step.InputWeights, step.Init, new(step.HiddenAfter, 0));
        if (step.Answer != null) NarrowProduct<S, V>.CopyAnswer(step.HiddenAfter, step.Hidden, step.Answer);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(in ForwardPass pass, Crew? crew = null) =>
        NarrowProduct<S, V>.Forward(AnsweredRows(pass), OutputSize, InputSize, Answered(pass, pass.Input), Weight, Bias, pass.Output);
}
