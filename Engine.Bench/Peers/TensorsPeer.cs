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

    public InferenceRunner Prepare(CaseData data) => new TensorsRunner(data);

    public void Dispose()
    {
    }

    private sealed class TensorsRunner(CaseData data) : ManagedRunner(data)
    {
        protected override void Multiply(float[] weights, float[] bias, ReadOnlySpan<float> x, float[] result)
        {
            for (int j = 0; j < result.Length; j++) result[j] = bias[j] + TensorPrimitives.Dot(weights.AsSpan(j * x.Length, x.Length), x);
        }

        protected override void Activate(float[] fromInput, float[] fromHidden, Span<float> h, Span<float> c)
        {
            switch (Cell)
            {
                case Cell.Lstm: Lstm(fromInput, fromHidden, h, c); break;
                case Cell.Gru: Gru(fromInput, fromHidden, h); break;
                default: Rnn(fromInput, fromHidden, h); break;
            }
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
