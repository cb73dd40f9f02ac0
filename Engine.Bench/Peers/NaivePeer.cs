using System.Runtime.CompilerServices;
using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary>Textbook loops over PyTorch's layout, one number at a time.</summary>
internal sealed class NaivePeer : IPeer
{
    // Beyond this a single call takes more than some 50 ms.
    private const double MostFlops = 120e6;

    public string Name => "naive C#";

    public string Description => "scalar loops";

    public string? Missing => null;

    public bool CanRun(Case sizes) => sizes.Flops <= MostFlops;

    public InferenceRunner Prepare(CaseData data) => new NaiveRunner(data);

    public void Dispose()
    {
    }

    private sealed class NaiveRunner(CaseData data) : ManagedRunner(data)
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Multiply(float[] weights, float[] bias, ReadOnlySpan<float> x, float[] result)
        {
            for (int j = 0; j < result.Length; j++)
            {
                ReadOnlySpan<float> w = weights.AsSpan(j * x.Length, x.Length);
                float sum = bias[j];
                for (int k = 0; k < x.Length; k++) sum += w[k] * x[k];
                result[j] = sum;
            }
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        protected override void Activate(float[] fromInput, float[] fromHidden, Span<float> h, Span<float> c)
        {
            float[] a = fromInput, b = fromHidden;
            int n = h.Length;
            for (int j = 0; j < n; j++)
            {
                switch (Cell)
                {
                    case Cell.Lstm:
                        float i = Sigmoid(a[j] + b[j]), f = Sigmoid(a[n + j] + b[n + j]);
                        float g = MathF.Tanh(a[(2 * n) + j] + b[(2 * n) + j]), o = Sigmoid(a[(3 * n) + j] + b[(3 * n) + j]);
                        c[j] = (f * c[j]) + (i * g);
                        h[j] = o * MathF.Tanh(c[j]);
                        break;
                    case Cell.Gru:
                        float r = Sigmoid(a[j] + b[j]), z = Sigmoid(a[n + j] + b[n + j]);
                        float candidate = MathF.Tanh(a[(2 * n) + j] + (r * b[(2 * n) + j]));
                        h[j] = ((1 - z) * candidate) + (z * h[j]);
                        break;
                    default:
                        h[j] = MathF.Tanh(a[j] + b[j]);
                        break;
                }
            }
        }

        private static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));
    }
}
