using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>A learned vector per token id.</summary>
internal sealed unsafe class EmbeddingLayer : Layer
{
    private readonly Parameter _weight;
    private readonly int _rowLength;

    public EmbeddingLayer(LayerName name, int vocabulary, int dimension)
        : base(name.Display, vocabulary, dimension)
    {
        _rowLength = Sizes.Padded(dimension);
        _weight = new(name.Tensor("weight"), new RowLayout(vocabulary, dimension), vocabulary, dimension);
        Parameters = [_weight];
    }

    public override IReadOnlyList<Parameter> Parameters { get; }

    public override void Initialize(WeightDrawer draw, bool likePyTorch) => draw.Normal(_weight);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Forward(in ForwardPass pass, Crew? crew = null)
    {
        float* table = Weights + _weight.Offset;
        for (int row = 0; row < pass.Steps * pass.Batch; row++)
        {
            var vector = new ReadOnlySpan<float>(table + ((nint)pass.Tokens[row] * _rowLength), _rowLength);
            vector.CopyTo(pass.Output.Span(row, _rowLength));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Backward(in BackwardPass pass, Crew? crew = null)
    {
        // From the last row to the first, as every sum over time.
        float* gradient = pass.Gradients + _weight.Offset;
        for (int row = (pass.Forward.Steps * pass.Forward.Batch) - 1; row >= 0; row--)
        {
            var sums = new Span<float>(gradient + ((nint)pass.Forward.Tokens[row] * _rowLength), _rowLength);
            TensorPrimitives.Add(sums, pass.OutputGradient.Span(row, _rowLength), sums);
        }
    }
}
