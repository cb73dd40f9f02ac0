using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>A linear layer whose weights are panels, as those of a recurrent layer: for more than a few outputs.</summary>
internal unsafe class PanelLinearLayer<S, V> : LinearLayer
    where S : struct, ISimd<V>
    where V : struct
{
    private readonly PanelLayout _layout;
    private readonly PanelLayout _transposed;

    public PanelLinearLayer(LayerName name, int inputSize, int outputs, bool lastStepOnly)
        : this(name, lastStepOnly, new(outputs, inputSize, 0))
    {
    }

    private PanelLinearLayer(LayerName name, bool lastStepOnly, PanelLayout layout)
        : base(name, layout.Depth, layout.Units, lastStepOnly, layout)
    {
        _layout = layout;
        _transposed = PanelTranspose.LayoutOf(layout);
    }

    private int Pitch => _layout.PanelColumns;

    public sealed override long TransposedLength(bool inputToo) => inputToo ? _transposed.Length : 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Transpose(float* transposed, bool inputToo, Crew? crew = null)
    {
        if (inputToo) PanelTranspose.Run(_layout, Weight, _transposed, transposed, crew);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(in ForwardPass pass, Crew? crew = null)
    {
        var bias = new Rows(Bias, 0);
        PanelProduct<S, V>.Multiply(
            _layout, Weight, GateRange.All(_layout), AnsweredRows(pass), Answered(pass, pass.Input), bias, pass.Output, Pitch, crew, padding: false);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Backward(in BackwardPass pass, Crew? crew = null)
    {
        ForwardPass forward = pass.Forward;
        int rows = AnsweredRows(forward);
        if (!pass.InputGradient.IsEmpty)
        {
            ClearUnanswered(pass);
            PanelProduct<S, V>.MultiplyTransposed(
                _layout, _transposed, pass.Transposed, GateRange.All(_layout), rows, pass.OutputGradient, Pitch, default,
                Answered(forward, pass.InputGradient), crew);
        }

        PanelProduct<S, V>.AccumulateGradient(
            _layout, WeightGradient(pass), GateRange.All(_layout), rows, Answered(forward, forward.Input), pass.OutputGradient, Pitch, crew);
        AccumulateBiasGradient<S, V>(pass, crew);
    }
}
