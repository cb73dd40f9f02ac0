using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>Products with bfloat16 weights against chains over the weights that unpacking gives, to the bit, at every width.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class BFloat16ProductTests
{
    private static IEnumerable<MatrixShape> Shapes => MatrixShape.All;

    [Test]
    public void Every_element_is_one_chain(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Shapes))] MatrixShape shape,
        [Values(1, 7, 16, 17, 33, 50, 128)] int units, [Values(1, 2, 9, 64)] int depth, [Values(1, 2, 3, 7, 13)] int rows) =>
        Assert.That(InstructionSets.Make(set, new Multiplied(shape, units, depth, rows)), Is.Null);

    private sealed unsafe class Multiplied(MatrixShape shape, int units, int depth, int rows) : IForWidth<string?>
    {
        public string? Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            int gates = shape.Slots.Length;
            var layout = new BFloat16Layout(new PanelLayout(units, depth, shape.Slots), shape.Parts, BFloat16Product<S, V>.WidestStrip);
            float[] weights = Numbers.Values(units + depth, gates * units * depth);
            var packed = new AlignedBuffer(layout.Length);
            layout.Pack(weights, packed.Span);
            layout.Unpack(packed.Span, weights);

            int stride = ((units + 15) / 16 * 16 * shape.ChainsPerUnit) + 5;
            float[] a = Numbers.Values(7, rows * (depth + 3));
            float[] init = Numbers.Values(8, rows * stride);
            float[] expected = [.. init];
            for (int row = 0; row < rows; row++)
            {
                for (int i = 0; i < gates * units; i++)
                {
                    int at = (row * stride) + shape.ChainOf(i / units, i % units);
                    expected[at] = ReferenceProduct.Chain(init[at], depth, k => a[(row * (depth + 3)) + k], k => weights[(i * depth) + k]);
                }
            }

            float[] c = [.. init];
            fixed (float* from = a, onto = c)
            {
                for (int part = 0; part < shape.Parts.Length; part++)
                {
                    Rows chains = new Rows(onto, stride).FromColumn(shape.Parts[part].First * 16);
                    BFloat16Product<S, V>.Run(
                        layout.Parts[part], packed.Pointer, rows, new Rows(from, depth + 3), chains, chains, shape.ChainsPerUnit * 16);
                }
            }

            GC.KeepAlive(packed);

            // Padding weights are 0, so a padding chain stays what it was.
            for (int i = 0; i < expected.Length; i++)
            {
                if (!Bits.Same(c[i], expected[i])) return $"value {i} is {c[i]:R}; expected {expected[i]:R}";
            }

            return null;
        }
    }
}
