using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>
/// Products with 8-bit weights against plain integers: rounded here by rules of their own, summed in 64 bits, and put together by the
/// same three float operations. To the bit, at every width.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class Int8ProductTests
{
    private static IEnumerable<MatrixShape> Shapes => MatrixShape.All;

    [Test]
    public void Sums_are_exact(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Shapes))] MatrixShape shape,
        [Values(1, 7, 16, 17, 33, 50, 128)] int units, [Values(1, 2, 9, 64, 131)] int depth, [Values(1, 5)] int rows)
    {
        float[] weights = Numbers.Values(units + depth, shape.Slots.Length * units * depth);
        float[] a = Numbers.Values(7, rows * depth, scale: 3);
        Check(set, shape, units, depth, weights, a);
    }

    // All products of one sign and as large as can be: the sums go to the end of 32 bits.
    [Test]
    public void The_largest_sums_do_not_overflow(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(256, 1024, 5001)] int depth, [Values(1, -1)] int sign,
        [Values(1, -1)] int otherGate)
    {
        const int Units = 3;
        MatrixShape shape = MatrixShape.All[1];
        float[] weights = new float[4 * Units * depth];
        for (int i = 0; i < weights.Length; i++) weights[i] = i / (Units * depth) % 2 == 0 ? sign : otherGate;
        float[] a = new float[depth];
        a.AsSpan().Fill(2);
        Check(set, shape, Units, depth, weights, a);
    }

    [Test]
    public void Rows_of_any_size(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set,
        [Values(0f, 1e-45f, 1e-38f, 1e-30f, 1e-20f, 1e20f, 3e38f)] float scale)
    {
        const int Units = 5, Depth = 19;
        MatrixShape shape = MatrixShape.All[3];
        Check(set, shape, Units, Depth, Numbers.Values(1, 3 * Units * Depth), Numbers.Values(2, 2 * Depth, scale));
    }

    [Test]
    public void What_is_not_finite_spoils_its_row_and_no_other(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set,
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float value, [Values(0, 17, 18)] int at)
    {
        const int Units = 5, Depth = 19;
        MatrixShape shape = MatrixShape.All[1];
        float[] weights = Numbers.Values(1, 4 * Units * Depth);
        float[] a = Numbers.Values(2, 3 * Depth);
        float[] clean = Product(set, shape, Units, Depth, weights, a);
        a[Depth + at] = value;
        float[] spoilt = Product(set, shape, Units, Depth, weights, a);

        int stride = clean.Length / 3;
        Bits.AreEqual(spoilt.AsSpan(0, stride), clean.AsSpan(0, stride), "row before");
        Bits.AreEqual(spoilt.AsSpan(2 * stride), clean.AsSpan(2 * stride), "row after");
        for (int i = 0; i < 4 * Units; i++) Assert.That(spoilt[stride + shape.ChainOf(i / Units, i % Units)], Is.NaN);
    }

    private static void Check(InstructionSet set, MatrixShape shape, int units, int depth, float[] weights, float[] a)
    {
        int rows = a.Length / depth;
        float[] c = Product(set, shape, units, depth, weights, a);
        float[] expected = Init(shape, units, rows);
        int stride = expected.Length / rows;
        foreach (GateRange part in shape.Parts)
        {
            int[] matrixRows =
            [
                .. Enumerable.Range(0, shape.Slots.Length * units)
                    .Where(i => shape.Slots[i / units] >= part.First && shape.Slots[i / units] < part.First + part.Count),
            ];
            long heaviest = matrixRows.Max(i => Quantized(weights.AsSpan(i * depth, depth)).Q.Sum(q => (long)Math.Abs(q)));
            int limit = (int)Math.Min(32767, int.MaxValue / Math.Max(1, heaviest));
            for (int row = 0; row < rows; row++)
            {
                (int[] x, float xScale) = Rounded(a.AsSpan(row * depth, depth), limit);
                foreach (int i in matrixRows)
                {
                    (int[] q, float scale) = Quantized(weights.AsSpan(i * depth, depth));
                    long sum = 0;
                    for (int k = 0; k < depth; k++) sum += (long)q[k] * x[k];
                    Assert.That(sum, Is.InRange(int.MinValue, int.MaxValue));
                    int at = (row * stride) + shape.ChainOf(i / units, i % units);
                    expected[at] = MathF.FusedMultiplyAdd(scale * xScale, (float)sum, expected[at]);
                }
            }
        }

        Bits.AreEqual(c, expected, $"{shape}, {units} units, depth {depth}");
    }

    private static (int[] Q, float Scale) Quantized(ReadOnlySpan<float> row)
    {
        float largest = 0;
        foreach (float w in row) largest = MathF.Max(largest, MathF.Abs(w));
        float scale = largest / 127;
        var q = new int[row.Length];
        for (int k = 0; k < q.Length; k++) q[k] = scale == 0 ? 0 : (int)Math.Round(row[k] / (double)scale, MidpointRounding.ToEven);
        return (q, scale);
    }

    private static (int[] Q, float Scale) Rounded(ReadOnlySpan<float> row, int limit)
    {
        float largest = MathF.ScaleB(1, -100);
        foreach (float x in row) largest = MathF.Max(largest, MathF.Abs(x));
        float factor = limit / largest;
        var q = new int[row.Length];
        for (int k = 0; k < q.Length; k++) q[k] = (int)Math.Round((double)row[k] * factor, MidpointRounding.ToEven);
        return (q, largest / limit);
    }

    private static float[] Init(MatrixShape shape, int units, int rows) =>
        Numbers.Values(8, rows * (((units + 15) / 16 * 16 * shape.ChainsPerUnit) + 5));

    private static float[] Product(InstructionSet set, MatrixShape shape, int units, int depth, float[] weights, float[] a) =>
        InstructionSets.Make(set, new Multiplied(shape, units, depth, weights, a));

    private sealed unsafe class Multiplied(MatrixShape shape, int units, int depth, float[] weights, float[] a) : IForWidth<float[]>
    {
        public float[] Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            int rows = a.Length / depth;
            var layout = new Int8Layout(new PanelLayout(units, depth, shape.Slots), shape.Parts, Int8Product<S, V>.WidestStrip);
            var packed = new AlignedBuffer(layout.Length);
            layout.Pack(weights, packed.Span);
            int length = IntegerRow<S, V>.Length(depth);
            var integers = new AlignedBuffer(rows * length);
            float[] c = Init(shape, units, rows);
            fixed (float* from = a, onto = c)
            {
                for (int part = 0; part < shape.Parts.Length; part++)
                {
                    PairStrips strips = layout.Parts[part];
                    for (int row = 0; row < rows; row++)
                        IntegerRow<S, V>.Run(from + (row * depth), depth, packed.Span[Int8Layout.LimitAt(strips)], integers.Pointer + (row * length));
                    Rows chains = new Rows(onto, c.Length / rows).FromColumn(shape.Parts[part].First * 16);
                    Int8Product<S, V>.Run(
                        strips, packed.Pointer, rows, new Rows(integers.Pointer, length), chains, chains, shape.ChainsPerUnit * 16);
                }
            }

            GC.KeepAlive(packed);
            GC.KeepAlive(integers);
            return c;
        }
    }
}
