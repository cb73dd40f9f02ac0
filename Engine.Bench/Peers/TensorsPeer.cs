using System.Numerics.Tensors;
using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary>The cell as a C# developer composes it from System.Numerics.Tensors: a dot product per row, then whole-span functions.</summary>
internal sealed class TensorsPeer : IPeer
{
    // Beyond this a single call takes more than some 50 ms.
    private const double MostFlops = 500e6;

    public string Name => "Tensors";

    public string Description => $"System.Numerics.Tensors {typeof(TensorPrimitives).Assembly.GetName().Version?.ToString(3)}";

    public string? Missing => null;

    public bool CanRun(Case sizes) => sizes.Flops <= MostFlops;

    public Runner Prepare(CaseData data) => new TensorsRunner(data);

    public void Dispose()
    {
    }

    private sealed class TensorsRunner(CaseData data) : Runner
    {
        private readonly Case _sizes = data.Sizes;
        private readonly float[] _h = new float[data.Sizes.Batch * data.Sizes.Hidden];
        private readonly float[] _c = new float[data.Sizes.Batch * data.Sizes.Hidden];
        private readonly float[] _fromInput = new float[data.Sizes.Gates * data.Sizes.Hidden];
        private readonly float[] _fromHidden = new float[data.Sizes.Gates * data.Sizes.Hidden];
        private readonly float[] _y = new float[data.OutputCount];

        public override void Reset()
        {
            Array.Clear(_h);
            Array.Clear(_c);
        }

        public override void Run()
        {
            int inputs = _sizes.Inputs, hidden = _sizes.Hidden;
            for (int row = 0; row < _sizes.Steps * _sizes.Batch; row++)
            {
                Span<float> h = _h.AsSpan(row % _sizes.Batch * hidden, hidden);
                Span<float> c = _c.AsSpan(row % _sizes.Batch * hidden, hidden);
                Multiply(data.WeightIh, data.BiasIh, data.X.AsSpan(row * inputs, inputs), _fromInput);
                Multiply(data.WeightHh, data.BiasHh, h, _fromHidden);
                switch (_sizes.Cell)
                {
                    case Cell.Lstm: Lstm(_fromInput, _fromHidden, h, c); break;
                    case Cell.Gru: Gru(_fromInput, _fromHidden, h); break;
                    default: Rnn(_fromInput, _fromHidden, h); break;
                }

                h.CopyTo(_y.AsSpan(row * hidden));
            }
        }

        public override void ReadOutputs(Span<float> y) => _y.CopyTo(y);

        private static void Multiply(float[] weights, float[] bias, ReadOnlySpan<float> x, Span<float> result)
        {
            for (int j = 0; j < result.Length; j++) result[j] = bias[j] + TensorPrimitives.Dot(weights.AsSpan(j * x.Length, x.Length), x);
        }

        private static void Lstm(Span<float> gates, ReadOnlySpan<float> fromHidden, Span<float> h, Span<float> c)
        {
            int n = h.Length;
            TensorPrimitives.Add(gates, fromHidden, gates);
            Span<float> i = gates[..n], f = gates[n..(2 * n)], g = gates[(2 * n)..(3 * n)], o = gates[(3 * n)..];
            TensorPrimitives.Sigmoid(gates[..(2 * n)], gates[..(2 * n)]);
            TensorPrimitives.Tanh(g, g);
            TensorPrimitives.Sigmoid(o, o);
            TensorPrimitives.Multiply(i, g, g);
            TensorPrimitives.MultiplyAdd(f, c, g, c);
            TensorPrimitives.Tanh(c, h);
            TensorPrimitives.Multiply(h, o, h);
        }

        private static void Gru(Span<float> gates, ReadOnlySpan<float> fromHidden, Span<float> h)
        {
            int n = h.Length;
            Span<float> rz = gates[..(2 * n)], r = gates[..n], z = gates[n..(2 * n)], candidate = gates[(2 * n)..];
            TensorPrimitives.Add(rz, fromHidden[..(2 * n)], rz);
            TensorPrimitives.Sigmoid(rz, rz);
            TensorPrimitives.MultiplyAdd(r, fromHidden[(2 * n)..], candidate, candidate);
            TensorPrimitives.Tanh(candidate, candidate);

            // h' = n + z·(h − n)
            TensorPrimitives.Subtract(h, candidate, h);
            TensorPrimitives.MultiplyAdd(z, h, candidate, h);
        }

        private static void Rnn(Span<float> gates, ReadOnlySpan<float> fromHidden, Span<float> h)
        {
            TensorPrimitives.Add(gates, fromHidden, gates);
            TensorPrimitives.Tanh(gates, h);
        }
    }
}
