using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary><c>y = W x + b</c> on every step, or on the last one only.</summary>
internal sealed unsafe class LinearLayer<S, V> : Layer
    where S : struct, ISimd<V>
    where V : struct
{
    private readonly PanelLayout _layout;
    private readonly PanelLayout _transposed;
    private readonly PanelLayout _biasLayout;
    private readonly Parameter _weight;
    private readonly Parameter _bias;

    public LinearLayer(LayerName name, int inputSize, int outputs, bool lastStepOnly)
        : base(name.Display, inputSize, outputs)
    {
        LastStepOnly = lastStepOnly;
        _layout = new(outputs, inputSize, 0);
        _transposed = PanelTranspose.LayoutOf(_layout);
        _biasLayout = new(outputs, 1, 0);
        _weight = new(name.Tensor("weight"), _layout, outputs, inputSize);
        _bias = new(name.Tensor("bias"), _biasLayout, outputs);
        Parameters = [_weight, _bias];
    }

    public override IReadOnlyList<Parameter> Parameters { get; }

    public override bool LastStepOnly { get; }

    public override long Work => _layout.Length;

    private int Pitch => _layout.PanelColumns;

    public override long TransposedLength(bool inputToo) => inputToo ? _transposed.Length : 0;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Transpose(float* transposed, bool inputToo, Crew? crew = null)
    {
        if (inputToo) PanelTranspose.Run(_layout, Weights + _weight.Offset, _transposed, transposed, crew);
    }

    public override void Initialize(WeightDrawer draw, bool likePyTorch)
    {
        if (likePyTorch)
        {
            double limit = 1 / Math.Sqrt(InputSize);
            draw.Uniform(_weight, limit);
            draw.Uniform(_bias, limit);
            return;
        }

        draw.Glorot(_weight, InputSize, OutputSize);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(in ForwardPass pass, Crew? crew = null)
    {
        var bias = new Rows(Weights + _bias.Offset, 0);
        PanelProduct<S, V>.Multiply(
            _layout, Weights + _weight.Offset, GateRange.All(_layout), AnsweredRows(pass), Answered(pass, pass.Input), bias, pass.Output, Pitch,
            crew, padding: false);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(in BackwardPass pass, Crew? crew = null)
    {
        ForwardPass forward = pass.Forward;
        int rows = AnsweredRows(forward);
        if (!pass.InputGradient.IsEmpty)
        {
            int unanswered = (forward.Steps * forward.Batch) - rows;
            for (int row = 0; row < unanswered; row++)
                pass.InputGradient.Span(row, Sizes.Padded(InputSize)).Clear();

            PanelProduct<S, V>.MultiplyTransposed(
                _layout, _transposed, pass.Transposed, GateRange.All(_layout), rows, pass.OutputGradient, Pitch, default,
                Answered(forward, pass.InputGradient), crew);
        }

        PanelProduct<S, V>.AccumulateGradient(
            _layout, pass.Gradients + _weight.Offset, GateRange.All(_layout), rows, Answered(forward, forward.Input),
            pass.OutputGradient, Pitch, crew);
        PanelProduct<S, V>.AccumulateBiasGradient(_biasLayout, pass.Gradients + _bias.Offset, rows, pass.OutputGradient, Pitch, crew);
    }

    private int AnsweredRows(in ForwardPass pass) => !LastStepOnly ? pass.Steps * pass.Batch : pass.Unfinished ? 0 : pass.Batch;

    private Rows Answered(in ForwardPass pass, Rows rows) => LastStepOnly ? AtStep(rows, pass.Steps - 1, pass.Batch) : rows;
}
