using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[Parallelizable(ParallelScope.All)]
internal sealed class ColumnSumsTests
{
    [Test]
    public void Adds_every_column_from_the_last_row_to_the_first(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set,
        [Values(0, 1, 2, 3, 33)] int rows, [Values(16, 48, 128)] int columns)
    {
        int stride = columns + 16;
        float[] d = Numbers.Values(rows + columns, rows * stride);
        float[] sums = Numbers.Values(9, columns + 16);
        float[] expected = [.. sums];
        for (int j = 0; j < columns; j++)
        {
            for (int row = rows - 1; row >= 0; row--) expected[j] += d[(row * stride) + j];
        }

        InstructionSets.Make(set, new Run(rows, columns, d, stride, sums));

        Bits.AreEqual(sums, expected, "sums");
    }

    private sealed unsafe class Run(int rows, int columns, float[] d, int stride, float[] sums) : IForWidth<bool>
    {
        public bool Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            fixed (float* values = d, target = sums)
            {
                ColumnSums<S, V>.Accumulate(rows, columns, new Rows(values, stride), target);
            }

            return true;
        }
    }
}
