using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>
/// A linear layer of few outputs, as most models end with. A step of one stream has a kernel of its own; the way back needs no transposed
/// copy.
/// </summary>
internal sealed unsafe class HeadLayer<S, V>(LayerName name, int inputSize, int outputs, bool lastStepOnly)
    : LinearLayer(name, inputSize, outputs, lastStepOnly, new RowLayout(outputs, inputSize))
    where S : struct, ISimd<V>
    where V : struct
{
    public override bool StepsAlone => true;

    public override bool AnswersAlone => true;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void StepAlone(in StepOperands step)
    {
        float* y = step.Answer == null ? step.HiddenAfter : step.Answer;
        HeadProduct<S, V>.Forward(1, step.Hidden, step.Inputs, new(step.X, 0), step.InputWeights, step.Init, new(y, 0));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(in ForwardPass pass, Crew? crew = null) =>
        HeadProduct<S, V>.Forward(AnsweredRows(pass), OutputSize, InputSize, Answered(pass, pass.Input), Weight, Bias, pass.Output);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(in BackwardPass pass, Crew? crew = null)
    {
        ForwardPass forward = pass.Forward;
        int rows = AnsweredRows(forward);
        Rows dy = pass.OutputGradient;
        if (!pass.InputGradient.IsEmpty)
        {
            ClearUnanswered(pass);
            HeadProduct<S, V>.InputGradient(rows, OutputSize, InputSize, dy, Weight, Answered(forward, pass.InputGradient));
        }

        HeadProduct<S, V>.AccumulateGradient(rows, OutputSize, InputSize, dy, Answered(forward, forward.Input), WeightGradient(pass));
        AccumulateBiasGradient<S, V>(pass, crew);
    }
}
