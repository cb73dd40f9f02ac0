using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary>What cells written in plain C# have in common: their state, and for every row two products and the cell.</summary>
internal abstract class ManagedRunner(CaseData data) : InferenceRunner
{
    private readonly float[] _h = new float[data.Sizes.Batch * data.Sizes.Hidden];
    private readonly float[] _c = new float[data.Sizes.Batch * data.Sizes.Hidden];
    private readonly float[] _fromInput = new float[data.Sizes.Gates * data.Sizes.Hidden];
    private readonly float[] _fromHidden = new float[data.Sizes.Gates * data.Sizes.Hidden];
    private readonly float[] _y = new float[data.OutputCount];

    protected Cell Cell => data.Sizes.Cell;

    public sealed override void Reset()
    {
        Array.Clear(_h);
        Array.Clear(_c);
    }

    public sealed override void Run()
    {
        int inputs = data.Sizes.Inputs, hidden = data.Sizes.Hidden;
        for (int row = 0; row < data.Sizes.Steps * data.Sizes.Batch; row++)
        {
            Span<float> h = _h.AsSpan(row % data.Sizes.Batch * hidden, hidden);
            Multiply(data.WeightIh, data.BiasIh, data.X.AsSpan(row * inputs, inputs), _fromInput);
            Multiply(data.WeightHh, data.BiasHh, h, _fromHidden);
            Activate(_fromInput, _fromHidden, h, _c.AsSpan(row % data.Sizes.Batch * hidden, hidden));
            h.CopyTo(_y.AsSpan(row * hidden));
        }
    }

    public sealed override void ReadOutputs(Span<float> y) => _y.CopyTo(y);

    /// <summary><c>result = W x + b</c>, weights in PyTorch's layout.</summary>
    protected abstract void Multiply(float[] weights, float[] bias, ReadOnlySpan<float> x, float[] result);

    /// <summary>From the gates' two halves to the new state, in place.</summary>
    protected abstract void Activate(float[] fromInput, float[] fromHidden, Span<float> h, Span<float> c);
}
