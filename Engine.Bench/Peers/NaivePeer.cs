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

    public Runner Prepare(CaseData data) => new NaiveRunner(data);

    public void Dispose()
    {
    }

    private sealed class NaiveRunner(CaseData data) : Runner
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
                int state = row % _sizes.Batch * hidden;
                Multiply(data.WeightIh, data.BiasIh, data.X.AsSpan(row * inputs, inputs), _fromInput);
                Multiply(data.WeightHh, data.BiasHh, _h.AsSpan(state, hidden), _fromHidden);
                Activate(_h.AsSpan(state, hidden), _c.AsSpan(state, hidden));
                Array.Copy(_h, state, _y, row * hidden, hidden);
            }
        }

        public override void ReadOutputs(Span<float> y) => _y.CopyTo(y);

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        private static void Multiply(float[] weights, float[] bias, ReadOnlySpan<float> x, float[] result)
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
        private void Activate(Span<float> h, Span<float> c)
        {
            float[] a = _fromInput, b = _fromHidden;
            int n = h.Length;
            for (int j = 0; j < n; j++)
            {
                switch (_sizes.Cell)
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
