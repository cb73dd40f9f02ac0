using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[Parallelizable(ParallelScope.All)]
internal sealed unsafe class PanelTransposeTests
{
    [Test]
    public void The_copy_has_the_packed_columns_as_depth_and_0_in_its_padding(
        [Values(1, 7, 16, 17, 31, 50, 128)] int units, [Values(1, 9, 15, 16, 33, 128)] int depth, [Values(1, 3, 4)] int gates)
    {
        int[] slots = gates == 3 ? [1, 2, 0] : [.. Enumerable.Range(0, gates)];
        var layout = new PanelLayout(units, depth, slots);
        PanelLayout transposed = PanelTranspose.LayoutOf(layout);
        float[] weights = Numbers.Values(5, layout.Rows * depth);
        var packed = new AlignedBuffer(layout.Length);
        new Parameter("w", layout, layout.Rows, depth).Pack(weights, packed.Span);
        var copy = new AlignedBuffer(transposed.Length);

        PanelTranspose.Run(layout, packed.Pointer, transposed, copy.Pointer);
        GC.KeepAlive(packed);

        float[] expected = new float[copy.Length];
        for (int row = 0; row < layout.Rows; row++)
        {
            int unit = row % units;
            int packedColumn = (unit / 16 * 16 * gates) + (slots[row / units] * 16) + (unit % 16);
            for (int k = 0; k < depth; k++) expected[transposed.IndexOf(k, packedColumn)] = weights[(row * depth) + k];
        }

        Bits.AreEqual(copy.Span, expected, "transposed copy");
    }
}
