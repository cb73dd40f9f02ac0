using Engine.Kernels;
using Engine.Memory;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>The three products of a linear layer of few outputs, bit for bit against plain loops.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class HeadProductTests
{
    private const int Most = 9;

    private static readonly int[] Depths = [1, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 20, 24, 27, 31, 32, 33, 47, 48, 64, 70, 130];

    [Test]
    public void Outputs_are_sixteen_sums_folded_in_halves_and_nothing_behind_the_inputs_is_read(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(1, 2, 5, 8)] int outputs, [Values(1, 3)] int rows)
    {
        foreach (int inputs in Depths)
        {
            var run = new Run(rows, outputs, inputs);
            float[] expected = new float[rows * Most];
            Array.Fill(expected, float.NaN);
            for (int row = 0; row < rows; row++)
            {
                for (int output = 0; output < outputs; output++) expected[(row * Most) + output] = run.Bias[output] + Dot(run, row, output);
            }

            Bits.AreEqual(InstructionSets.Make(set, run.Forward), expected, $"{inputs} inputs");
        }
    }

    [Test]
    public void Gradients_of_the_inputs_are_chains_over_the_outputs(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(1, 2, 5, 8)] int outputs)
    {
        foreach (int inputs in Depths)
        {
            var run = new Run(3, outputs, inputs);
            float[] expected = new float[run.X.Length];
            for (int row = 0; row < run.Rows; row++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    (int at, int column) = (row, i);
                    expected[(row * run.Padded) + i] = ReferenceProduct.Chain(0, outputs, o => run.Dy[(at * Most) + o], o => run.Weights[(o * run.Padded) + column]);
                }
            }

            Bits.AreEqual(InstructionSets.Make(set, run.InputGradient), expected, $"{inputs} inputs");
        }
    }

    [Test]
    public void Gradients_of_the_weights_are_chains_from_the_last_row_to_the_first_and_their_padding_stays_0(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(1, 2, 5, 8)] int outputs, [Values(0, 1, 7, 35)] int rows)
    {
        foreach (int inputs in Depths)
        {
            var run = new Run(rows, outputs, inputs);
            float[] expected = [.. run.Weights];
            for (int output = 0; output < outputs; output++)
            {
                for (int i = 0; i < inputs; i++)
                {
                    (int o, int column) = (output, i);
                    expected[(o * run.Padded) + i] = ReferenceProduct.Chain(
                        run.Weights[(o * run.Padded) + i], rows, r => run.Dy[((rows - 1 - r) * Most) + o], r => run.X[((rows - 1 - r) * run.Padded) + column]);
                }
            }

            Bits.AreEqual(InstructionSets.Make(set, run.WeightGradient), expected, $"{inputs} inputs");
        }
    }

    private static float Dot(Run run, int row, int output)
    {
        float[] sums = new float[16];
        for (int k = 0; k < run.Inputs; k++)
            sums[k % 16] = MathF.FusedMultiplyAdd(run.X[(row * run.Padded) + k], run.Weights[(output * run.Padded) + k], sums[k % 16]);

        for (int half = 8; half > 0; half /= 2)
        {
            for (int i = 0; i < half; i++) sums[i] += sums[i + half];
        }

        return sums[0];
    }

    // Padding of x is NaN, and so is all that must not be written; padding of the weights is 0.
    private sealed unsafe class Run
    {
        public Run(int rows, int outputs, int inputs)
        {
            (Rows, Outputs, Inputs, Padded) = (rows, outputs, inputs, (inputs + 15) / 16 * 16);
            X = Padding(Numbers.Values(1, rows * Padded), float.NaN);
            Weights = Padding(Numbers.Values(2, outputs * Padded), 0);
            Bias = Numbers.Values(3, outputs);
            Dy = Numbers.Values(4, rows * Most);
        }

        public int Rows { get; }

        public int Outputs { get; }

        public int Inputs { get; }

        public int Padded { get; }

        public float[] X { get; }

        public float[] Weights { get; }

        public float[] Bias { get; }

        public float[] Dy { get; }

        public IForWidth<float[]> Forward => new Call(this, Product.Forward);

        public IForWidth<float[]> InputGradient => new Call(this, Product.InputGradient);

        public IForWidth<float[]> WeightGradient => new Call(this, Product.WeightGradient);

        private float[] Padding(float[] rows, float value)
        {
            for (int row = 0; row < rows.Length; row += Padded) rows.AsSpan(row + Inputs, Padded - Inputs).Fill(value);
            return rows;
        }

        private enum Product
        {
            Forward,
            InputGradient,
            WeightGradient,
        }

        private sealed class Call(Run run, Product product) : IForWidth<float[]>
        {
            public float[] Make<S, V>()
                where S : struct, ISimd<V>
                where V : struct
            {
                AlignedBuffer weights = Aligned.Copy(run.Weights), x = Aligned.Copy(run.X);
                float[] y = new float[run.Rows * Most];
                Array.Fill(y, float.NaN);
                float[] result;
                fixed (float* bias = run.Bias, dy = run.Dy, target = y)
                {
                    var xRows = new Rows(x.Pointer, run.Padded);
                    var dyRows = new Rows(dy, Most);
                    switch (product)
                    {
                        case Product.Forward:
                            HeadProduct<S, V>.Forward(run.Rows, run.Outputs, run.Inputs, xRows, weights.Pointer, bias, new(target, Most));
                            result = y;
                            break;
                        case Product.InputGradient:
                            HeadProduct<S, V>.InputGradient(run.Rows, run.Outputs, run.Inputs, dyRows, weights.Pointer, xRows);
                            result = [.. x.Span[..run.X.Length]];
                            break;
                        default:
                            HeadProduct<S, V>.AccumulateGradient(run.Rows, run.Outputs, run.Inputs, dyRows, xRows, weights.Pointer);
                            result = [.. weights.Span[..run.Weights.Length]];
                            break;
                    }
                }

                GC.KeepAlive(weights);
                GC.KeepAlive(x);
                return result;
            }
        }
    }
}
