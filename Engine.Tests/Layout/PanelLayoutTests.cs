using Engine.Layout;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layout;

[Parallelizable(ParallelScope.All)]
internal sealed class PanelLayoutTests
{
    private const float Untouched = -77f;

    private static int[] AwkwardSizes { get; } = [1, 7, 8, 9, 15, 16, 17, 31, 33, 50, 128];
    private static int[][] SlotsOfGates { get; } = [[0], [0, 1, 2, 3], [1, 2, 0], [0, 1, 2]];

    [Test]
    public void Every_element_has_a_place_of_its_own_as_the_layout_says(
        [ValueSource(nameof(AwkwardSizes))] int units, [ValueSource(nameof(AwkwardSizes))] int depth, [Range(0, 3)] int slots)
    {
        int[] slotOfGate = SlotsOfGates[slots];
        var layout = new PanelLayout(units, depth, slotOfGate);
        int blocks = (units + 15) / 16;
        Assert.That(layout.Length, Is.EqualTo((long)blocks * 16 * slotOfGate.Length * depth));

        bool[] taken = new bool[layout.Length];
        for (int gate = 0; gate < slotOfGate.Length; gate++)
        {
            for (int unit = 0; unit < units; unit++)
            {
                for (int k = 0; k < depth; k++)
                {
                    int index = layout.IndexOf((gate * units) + unit, k);
                    Assert.That(index, Is.EqualTo(Expected(slotOfGate, units, depth, gate, unit, k)), $"gate {gate}, unit {unit}, k {k}");
                    Assert.That(taken[index], Is.False, $"gate {gate}, unit {unit}, k {k}: taken twice");
                    taken[index] = true;
                }
            }
        }
    }

    [Test]
    public void Packing_and_unpacking_gives_the_same_and_leaves_padding_alone(
        [ValueSource(nameof(AwkwardSizes))] int units, [Values(1, 9, 33)] int depth, [Range(0, 3)] int slots)
    {
        var layout = new PanelLayout(units, depth, SlotsOfGates[slots]);
        RoundTrip(layout, layout.Rows, depth);
    }

    [Test]
    public void Rows_pack_and_unpack_likewise([ValueSource(nameof(AwkwardSizes))] int rows, [ValueSource(nameof(AwkwardSizes))] int depth)
    {
        var layout = new RowLayout(rows, depth);
        RoundTrip(layout, rows, depth);
        for (int row = 0; row < rows; row++)
            Assert.That(layout.IndexOf(row, depth - 1), Is.EqualTo((row * ((depth + 15) / 16 * 16)) + depth - 1));
    }

    private static void RoundTrip(IPackedLayout layout, int rows, int depth)
    {
        const int Before = 48;
        float[] values = Numbers.Values(rows, rows * depth);
        var parameter = new Parameter("w", layout, rows, depth);
        Assert.That(parameter.PlaceAt(Before), Is.EqualTo(Before + layout.Length));

        float[] flat = new float[Before + (int)layout.Length + 16];
        Array.Fill(flat, Untouched);
        parameter.Pack(values, flat);
        float[] back = new float[values.Length];
        parameter.Unpack(flat, back);

        Bits.AreEqual(back, values, "unpacked");
        Assert.That(flat.Count(value => value == Untouched), Is.EqualTo(flat.Length - values.Length), "padding and neighbours");
        Assert.That(flat.AsSpan(0, Before).IndexOfAnyExcept(Untouched), Is.EqualTo(-1), "before the tensor");
        Assert.That(flat.AsSpan(flat.Length - 16).IndexOfAnyExcept(Untouched), Is.EqualTo(-1), "behind the tensor");
    }

    // Several gates: a panel is a block, [k][gate][lane]. One gate: panels of four blocks, the last may be narrower, [k][unit].
    private static int Expected(int[] slotOfGate, int units, int depth, int gate, int unit, int k)
    {
        int gates = slotOfGate.Length;
        if (gates > 1) return (unit / 16 * depth * gates * 16) + (k * gates * 16) + (slotOfGate[gate] * 16) + (unit % 16);

        int padded = (units + 15) / 16 * 16;
        int width = Math.Min(64, padded - (unit / 64 * 64));
        return (unit / 64 * 64 * depth) + (k * width) + (unit % 64);
    }
}
