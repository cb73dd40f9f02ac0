using Engine.Kernels;
using Engine.Memory;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>The forward product of a linear layer of one block of outputs, bit for bit against plain loops.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class NarrowProductTests
{
    private const int Block = 16;

    private static readonly int[] Depths = [1, 2, 3, 4, 5, 6, 7, 8, 11, 16, 17, 31, 64, 70, 130];

    [Test]
    public void Outputs_are_four_chains_and_nothing_behind_the_inputs_or_the_last_vector_is_touched(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(1, 4, 5, 8, 9, 16)] int outputs, [Values(0, 1, 2, 4, 7)] int rows)
    {
        foreach (int inputs in Depths)
        {
            var run = new Run(rows, outputs, inputs);
            float[] actual = InstructionSets.Make(set, run);
            for (int row = 0; row < rows; row++)
            {
                for (int output = 0; output < outputs; output++)
                    Bits.AreEqual([actual[(row * Run.Pitch) + output]], [Expected(run, row, output)], $"{inputs} inputs, row {row}, output {output}");
                Assert.That(actual[(row * Run.Pitch) + Block], Is.NaN, "behind the block");
            }

            Assert.That(actual.AsSpan(rows * Run.Pitch).ToArray(), Is.All.NaN, "behind the rows");
        }
    }

    [Test]
    public unsafe void An_answer_is_copied_without_its_padding(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Range(4, 16)] int outputs)
    {
        float[] answer = InstructionSets.Make(set, new Copy(outputs));
        Assert.That(answer[..outputs], Is.EqualTo(Numbers.Values(1, Block)[..outputs]).AsCollection);
        Assert.That(answer[outputs..], Is.All.NaN);
    }

    private static float Expected(Run run, int row, int output)
    {
        float[] chains = [run.Bias[output], 0, 0, 0];
        for (int k = 0; k < run.Inputs; k++)
            chains[k % 4] = MathF.FusedMultiplyAdd(run.X[(row * run.XPitch) + k], run.Weights[(k * Block) + output], chains[k % 4]);
        return chains[0] + chains[1] + (chains[2] + chains[3]);
    }

    // What lies behind the inputs of a row is NaN.
    private sealed unsafe class Run(int rows, int outputs, int inputs) : IForWidth<float[]>
    {
        public const int Pitch = Block + 3;

        public int Inputs => inputs;

        public int XPitch => inputs + 2;

        public float[] X { get; } = [.. Enumerable.Range(0, rows).SelectMany(row => (float[])[.. Numbers.Values(10 + row, inputs), float.NaN, float.NaN])];

        public float[] Weights { get; } = Numbers.Values(2, inputs * Block);

        public float[] Bias { get; } = Numbers.Values(3, Block);

        public float[] Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            AlignedBuffer x = Aligned.Copy(X), weights = Aligned.Copy(Weights), bias = Aligned.Copy(Bias);
            float[] y = new float[(rows + 1) * Pitch];
            Array.Fill(y, float.NaN);
            fixed (float* target = y)
            {
                NarrowProduct<S, V>.Forward(rows, outputs, inputs, new(x.Pointer, XPitch), weights.Pointer, bias.Pointer, new(target, Pitch));
            }

            GC.KeepAlive(x);
            GC.KeepAlive(weights);
            GC.KeepAlive(bias);
            return y;
        }
    }

    private sealed unsafe class Copy(int outputs) : IForWidth<float[]>
    {
        public float[] Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            float[] answer = new float[Block + 1];
            Array.Fill(answer, float.NaN);
            fixed (float* row = Numbers.Values(1, Block), target = answer) NarrowProduct<S, V>.CopyAnswer(row, outputs, target);
            return answer;
        }
    }
}
