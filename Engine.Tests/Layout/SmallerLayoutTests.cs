using Engine.Layout;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layout;

/// <summary>What the smaller formats make of a matrix: every weight comes back near to what it was, from a place of its own.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SmallerLayoutTests
{
    private static IEnumerable<MatrixShape> Shapes => MatrixShape.All;

    private static int[] Sizes { get; } = [1, 7, 16, 17, 33, 50, 128];

    [Test]
    public void BFloat16_comes_back_within_1_part_in_256([ValueSource(nameof(Shapes))] MatrixShape shape, [ValueSource(nameof(Sizes))] int units)
    {
        const int Depth = 9;
        var layout = new BFloat16Layout(new PanelLayout(units, Depth, shape.Slots), shape.Parts, 4);
        float[] values = Numbers.Values(units, shape.Slots.Length * units * Depth);
        float[] got = RoundTrip(layout, values);
        for (int i = 0; i < values.Length; i++) Assert.That(got[i], Is.EqualTo(values[i]).Within(Math.Abs(values[i]) / 256), $"value {i}");
    }

    [Test]
    public void Int8_comes_back_within_half_a_step_of_its_row([ValueSource(nameof(Shapes))] MatrixShape shape, [ValueSource(nameof(Sizes))] int units)
    {
        foreach (int depth in new[] { 1, 8, 9 })
        {
            var layout = new Int8Layout(new PanelLayout(units, depth, shape.Slots), shape.Parts, 4);
            float[] values = Numbers.Values(units, shape.Slots.Length * units * depth);

            // Rows of very different size, and one of zeros.
            for (int i = 0; i < values.Length; i++) values[i] *= (i / depth) % 5 == 4 ? 0 : MathF.Pow(10, (i / depth) % 5);
            float[] got = RoundTrip(layout, values);
            for (int i = 0; i < values.Length; i++)
            {
                float largest = values.Skip(i / depth * depth).Take(depth).Max(Math.Abs);
                Assert.That(got[i], Is.EqualTo(values[i]).Within(largest / 254 * 1.00001), $"value {i}");
            }
        }
    }

    // A weight of one row at a time: all others have to stay 0.
    [Test]
    public void No_two_weights_disturb_each_other([ValueSource(nameof(Shapes))] MatrixShape shape, [Values(1, 17, 40)] int units)
    {
        const int Depth = 3;
        var panels = new PanelLayout(units, Depth, shape.Slots);
        int count = shape.Slots.Length * units * Depth;
        for (int i = 0; i < count; i++)
        {
            float[] values = new float[count];
            values[i] = i % 2 == 0 ? 1 : -1;

            // An upper weight beside a 1 cannot be 0 to the bit.
            float[] got = RoundTrip(new BFloat16Layout(panels, shape.Parts, 4), values);
            for (int j = 0; j < count; j++)
                Assert.That(got[j], Is.EqualTo(values[j]).Within(j == i ? 0 : 3e-38), $"bfloat16: value {j} with one in {i}");
            Assert.That(RoundTrip(new Int8Layout(panels, shape.Parts, 4), values), Is.EqualTo(values), $"int8: one in {i}");
        }
    }

    [Test]
    public void Packed_lengths_are_a_half_and_a_quarter()
    {
        var panels = new PanelLayout(256, 256, 0, 1, 2, 3);
        Assert.That(new BFloat16Layout(panels, [new(0, 4)], 4).Length, Is.EqualTo(panels.Length / 2));
        Assert.That(new Int8Layout(panels, [new(0, 4)], 4).Length, Is.EqualTo((panels.Length / 4) + 16 + (4 * 256)));
    }

    [TestCase(1, short.MaxValue)]
    [TestCase(127 * 256, short.MaxValue)]
    [TestCase(127 * 1024, 16513)]
    [TestCase(127L << 20, 16)]
    public void The_other_factor_leaves_room_for_the_sum(long weights, int expected)
    {
        int factor = Int8Layout.LargestFactor(weights);
        Assert.That(factor, Is.EqualTo(expected));
        Assert.That(factor * weights, Is.LessThanOrEqualTo(int.MaxValue));
    }

    private static float[] RoundTrip(IPackedLayout layout, float[] values)
    {
        float[] packed = new float[layout.Length];
        layout.Pack(values, packed);
        layout.Pack(values, packed); // a second time changes nothing
        float[] got = new float[values.Length];
        layout.Unpack(packed, got);
        return got;
    }
}
