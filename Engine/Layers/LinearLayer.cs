using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary><c>y = W x + b</c> on every step, or on the last one only.</summary>
internal abstract unsafe class LinearLayer : Layer
{
    // One output is quicker as a row of weights in everything. Up to here a step of one stream gains far more than blocks lose.
    private const int MostOutputsOfAHead = 4;

    private readonly long _work;
    private readonly PanelLayout _biasLayout;
    private readonly Parameter _weight;
    private readonly Parameter _bias;

    protected LinearLayer(LayerName name, int inputSize, int outputs, bool lastStepOnly, IPackedLayout layout)
        : base(name.Display, inputSize, outputs)
    {
        LastStepOnly = lastStepOnly;
        _work = layout.Length;
        _biasLayout = new(outputs, 1, 0);
        _weight = new(name.Tensor("weight"), layout, outputs, inputSize);
        _bias = new(name.Tensor("bias"), _biasLayout, outputs);
        Parameters = [_weight, _bias];
    }

    public sealed override IReadOnlyList<Parameter> Parameters { get; }

    public sealed override bool LastStepOnly { get; }

    public sealed override long Work => _work;

    protected float* Weight => Weights + _weight.Offset;

    protected float* Bias => Weights + _bias.Offset;

    /// <summary>The kind that suits the number of outputs.</summary>
    public static LinearLayer Create<S, V>(LayerName name, int inputSize, int outputs, bool lastStepOnly)
        where S : struct, ISimd<V>
        where V : struct => outputs switch
        {
            <= MostOutputsOfAHead => new HeadLayer<S, V>(name, inputSize, outputs, lastStepOnly),
            <= Sizes.Block => new NarrowLinearLayer<S, V>(name, inputSize, outputs, lastStepOnly),
            _ => new PanelLinearLayer<S, V>(name, inputSize, outputs, lastStepOnly),
        };

    public sealed override StepOperands OperandsOf(in ForwardPass pass) => new()
    {
        X = pass.Input.Data,
        Inputs = InputSize,
        InputWeights = Weight,
        Init = Bias,
        Hidden = OutputSize,
        HiddenAfter = pass.Output.Data,
    };

    public sealed override void Initialize(WeightDrawer draw, bool likePyTorch)
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

    /// <summary>Rows that the layer answers on.</summary>
    protected int AnsweredRows(in ForwardPass pass) => !LastStepOnly ? pass.Steps * pass.Batch : pass.Unfinished ? 0 : pass.Batch;

    /// <summary>Of rows for every step those that it answers on.</summary>
    protected Rows Answered(in ForwardPass pass, Rows rows) => LastStepOnly ? AtStep(rows, pass.Steps - 1, pass.Batch) : rows;

    /// <summary>The gradient of inputs that no answer came from.</summary>
    protected void ClearUnanswered(in BackwardPass pass)
    {
        int unanswered = (pass.Forward.Steps * pass.Forward.Batch) - AnsweredRows(pass.Forward);
        for (int row = 0; row < unanswered; row++) pass.InputGradient.Span(row, Sizes.Padded(InputSize)).Clear();
    }

    protected float* WeightGradient(in BackwardPass pass) => pass.Gradients + _weight.Offset;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void AccumulateBiasGradient<S, V>(in BackwardPass pass, Crew? crew)
        where S : struct, ISimd<V>
        where V : struct => PanelProduct<S, V>.AccumulateBiasGradient(
            _biasLayout, pass.Gradients + _bias.Offset, AnsweredRows(pass.Forward), pass.OutputGradient, _biasLayout.PanelColumns, crew);
}
