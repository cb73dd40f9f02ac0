using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>
/// The three products of packed weights against chains over PyTorch's matrix, for every combination of gates and pitch that a
/// layer uses.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PanelProductTests
{
    private static int[] Sizes { get; } = [1, 7, 8, 9, 15, 16, 17, 31, 33, 50, 100, 128];
    private static int[] RowCounts { get; } = [1, 2, 3, 5, 32, 65];

    // Slots of PyTorch's gates; the range that takes part; places of a block in a row.
    private static Shape[] Shapes { get; } =
    [
        new("rnn or linear", [0], 0, 1, 1),
        new("lstm", [0, 1, 2, 3], 0, 4, 4),
        new("gru, weight_ih", [1, 2, 0], 0, 3, 4),
        new("gru, weight_hh", [0, 1, 2], 0, 3, 4),
        new("gru before, all", [1, 2, 0], 0, 3, 3),
        new("gru before, candidate", [1, 2, 0], 0, 1, 3),
        new("gru before, reset and update", [1, 2, 0], 1, 2, 3),
    ];

    private static IEnumerable<Shape> AllShapes => Shapes;

    [Test]
    public void Forward(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(AllShapes))] Shape shape) =>
        ForEachSize(shape, problem => InstructionSets.Make(set, new ForwardRun(problem)));

    [Test]
    public void Gradient_of_the_input(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(AllShapes))] Shape shape) =>
        ForEachSize(shape, problem => InstructionSets.Make(set, new TransposedRun(problem)));

    [Test]
    public void Gradient_of_the_weights(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(AllShapes))] Shape shape) =>
        ForEachSize(shape, problem => InstructionSets.Make(set, new GradientRun(problem)));

    [Test]
    public void Gradient_of_a_bias(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(AllShapes))] Shape shape)
    {
        if (shape.Count < shape.Slots.Length) return;

        foreach (int units in Sizes)
        {
            foreach (int rows in RowCounts)
            {
                string? wrong = InstructionSets.Make(set, new BiasRun(new Problem(shape, units, 1, rows)));
                Assert.That(wrong, Is.Null, $"{shape}: {units} units, {rows} rows");
            }
        }
    }

    [Test]
    public void Without_padding_columns_that_fill_vectors_of_their_own_stay_as_they_are(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(1, 4, 5, 8, 9, 16)] int units)
    {
        (float[] row, int lanes) = InstructionSets.Make(set, new UnpaddedRun(new Problem(Shapes[0], units, 3, 1)));
        int written = (units + lanes - 1) / lanes * lanes;

        Assert.That(row[..written], Has.None.NaN);
        Assert.That(row[written..], Has.All.NaN);
    }

    // Every size as units and as depth, in several pairs, and every number of rows.
    private static void ForEachSize(Shape shape, Func<Problem, string?> run)
    {
        for (int i = 0; i < Sizes.Length; i++)
        {
            for (int shift = 0; shift < 4; shift++)
            {
                int depth = Sizes[(i + (3 * shift)) % Sizes.Length];
                int rows = RowCounts[(i + shift) % RowCounts.Length];
                string? wrong = run(new Problem(shape, Sizes[i], depth, rows));
                Assert.That(wrong, Is.Null, $"{shape}: {Sizes[i]} units, depth {depth}, {rows} rows");
            }
        }
    }

    internal sealed record Shape(string Name, int[] Slots, int First, int Count, int Places)
    {
        public override string ToString() => Name;
    }

    /// <summary>One product: PyTorch's weights, rows of the depth (a), and rows of the packed columns (d).</summary>
    private sealed unsafe class Problem
    {
        private readonly Shape _shape;

        public Problem(Shape shape, int units, int depth, int rows)
        {
            _shape = shape;
            Rows = rows;
            Units = units;
            Depth = depth;
            Layout = new PanelLayout(units, depth, shape.Slots);
            Gates = new GateRange(shape.First, shape.Count);
            Pitch = Layout.Gates == 1 ? Layout.PanelColumns : shape.Places * 16;
            Weights = Numbers.Values(units + (1000 * depth), Layout.Rows * depth);
            A = Numbers.Values(units + depth, rows * AStride);
            for (int i = 0; i < A.Length; i++)
            {
                // Rows are padded, with whatever there is.
                if (i % AStride >= depth) A[i] = float.NaN;
            }

            D = new float[rows * DStride];
            Array.Fill(D, float.NaN);
            for (int row = 0; row < rows; row++)
            {
                for (int slot = shape.First; slot < shape.First + shape.Count; slot++)
                {
                    // Padding of units is 0, as in every buffer; what belongs to other gates must not be read.
                    for (int lane = 0; lane < Padded; lane++)
                        D[DIndex(row, slot, lane)] = lane < units ? Numbers.Value(7 * units, (row * 1000) + (slot * 200) + lane, 1) : 0;
                }
            }
        }

        public PanelLayout Layout { get; }

        public GateRange Gates { get; }

        public int Pitch { get; }

        public int Rows { get; }

        public int Units { get; }

        public int Depth { get; }

        public float[] Weights { get; }

        public float[] A { get; }

        public float[] D { get; }

        public int AStride => ((Depth + 15) / 16 * 16) + 16;

        public int DStride => (_shape.Places * Padded) + 16;

        public int Padded => (Units + 15) / 16 * 16;

        /// <summary>The columns in the order in which the packed layout has them: block by block, in it gate by gate.</summary>
        public IEnumerable<(int Slot, int Unit)> InPackedOrder()
        {
            for (int block = 0; block < Units; block += 16)
            {
                for (int slot = _shape.First; slot < _shape.First + _shape.Count; slot++)
                {
                    for (int unit = block; unit < Math.Min(block + 16, Units); unit++) yield return (slot, unit);
                }
            }
        }

        /// <summary>Where a row keeps a unit of a gate, counted from the first gate that takes part.</summary>
        public int DIndex(int row, int slot, int unit) =>
            (row * DStride) + (unit / 16 * 16 * _shape.Places) + ((slot - _shape.First) * 16) + (unit % 16);

        /// <summary>Row of PyTorch's matrix.</summary>
        public int MatrixRow(int slot, int unit) => (Array.IndexOf(_shape.Slots, slot) * Units) + unit;

        public AlignedBuffer Packed()
        {
            var packed = new AlignedBuffer(Layout.Length);
            new Parameter("w", Layout, Layout.Rows, Depth).Pack(Weights, packed.Span);
            return packed;
        }
    }

    private sealed unsafe class ForwardRun(Problem problem) : IForWidth<string?>
    {
        private const float Untouched = -12345f;

        public string? Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            AlignedBuffer packed = problem.Packed();
            float[] added = [.. problem.D];
            float[] fresh = new float[problem.D.Length];
            Array.Fill(fresh, Untouched);
            fixed (float* a = problem.A, onto = added, start = problem.D, target = fresh)
            {
                var rows = new Rows(onto, problem.DStride);
                PanelProduct<S, V>.Multiply(
                    problem.Layout, packed.Pointer, problem.Gates, problem.Rows, new Rows(a, problem.AStride), rows, rows, problem.Pitch);
                PanelProduct<S, V>.Multiply(
                    problem.Layout, packed.Pointer, problem.Gates, problem.Rows, new Rows(a, problem.AStride), new Rows(start, 0),
                    new Rows(target, problem.DStride), problem.Pitch);
            }

            GC.KeepAlive(packed);
            float[] expectedFresh = [.. Expected(_ => 0).Select(value => float.IsNaN(value) ? Untouched : value)];
            return Difference(added, Expected(row => row)) ?? Difference(fresh, expectedFresh);
        }

        // Chains that begin with a row of D.
        private float[] Expected(Func<int, int> initRow)
        {
            float[] expected = [.. problem.D];
            for (int row = 0; row < problem.Rows; row++)
            {
                foreach ((int slot, int unit) in problem.InPackedOrder())
                {
                    int weight = problem.MatrixRow(slot, unit) * problem.Depth;
                    expected[problem.DIndex(row, slot, unit)] = ReferenceProduct.Chain(
                        problem.D[problem.DIndex(initRow(row), slot, unit)], problem.Depth,
                        k => problem.A[(row * problem.AStride) + k], k => problem.Weights[weight + k]);
                }
            }

            return expected;
        }
    }

    private sealed unsafe class TransposedRun(Problem problem) : IForWidth<string?>
    {
        public string? Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            AlignedBuffer packed = problem.Packed();
            PanelLayout transposed = PanelTranspose.LayoutOf(problem.Layout);
            var copy = new AlignedBuffer(transposed.Length);
            PanelTranspose.Run(problem.Layout, packed.Pointer, transposed, copy.Pointer);
            GC.KeepAlive(packed);

            int stride = (problem.Depth + 15) / 16 * 16;
            float[] init = Numbers.Values(3, problem.Rows * stride);
            float[] added = [.. init];
            float[] fresh = new float[init.Length];
            fixed (float* d = problem.D, target = added, empty = fresh)
            {
                var from = new Rows(d, problem.DStride);
                var onto = new Rows(target, stride);
                PanelProduct<S, V>.MultiplyTransposed(
                    problem.Layout, transposed, copy.Pointer, problem.Gates, problem.Rows, from, problem.Pitch, onto, onto);
                PanelProduct<S, V>.MultiplyTransposed(
                    problem.Layout, transposed, copy.Pointer, problem.Gates, problem.Rows, from, problem.Pitch, default, new Rows(empty, stride));
            }

            GC.KeepAlive(copy);
            int[] columns = [.. problem.InPackedOrder().Select(place => problem.DIndex(0, place.Slot, place.Unit))];
            int[] weights = [.. problem.InPackedOrder().Select(place => problem.MatrixRow(place.Slot, place.Unit) * problem.Depth)];
            float[] expected = [.. init];
            float[] expectedFresh = new float[init.Length];
            for (int row = 0; row < problem.Rows; row++)
            {
                for (int k = 0; k < problem.Depth; k++)
                {
                    float From(float start) => ReferenceProduct.Chain(
                        start, columns.Length,
                        at => problem.D[(row * problem.DStride) + columns[at]],
                        at => problem.Weights[weights[at] + k]);
                    expected[(row * stride) + k] = From(init[(row * stride) + k]);
                    expectedFresh[(row * stride) + k] = From(0);
                }
            }

            return Difference(added, expected) ?? Difference(fresh, expectedFresh);
        }
    }

    private sealed unsafe class GradientRun(Problem problem) : IForWidth<string?>
    {
        public string? Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            AlignedBuffer gradient = problem.Packed();
            fixed (float* a = problem.A, d = problem.D)
            {
                PanelProduct<S, V>.AccumulateGradient(
                    problem.Layout, gradient.Pointer, problem.Gates, problem.Rows,
                    new Rows(a, problem.AStride), new Rows(d, problem.DStride), problem.Pitch);
            }

            float[] unpacked = new float[problem.Weights.Length];
            new Parameter("w", problem.Layout, problem.Layout.Rows, problem.Depth).Unpack(gradient.Span, unpacked);
            float[] expected = [.. problem.Weights];
            foreach ((int slot, int unit) in problem.InPackedOrder())
            {
                int column = problem.DIndex(0, slot, unit);
                for (int k = 0; k < problem.Depth; k++)
                {
                    // From the last row to the first.
                    int last = problem.Rows - 1;
                    int index = (problem.MatrixRow(slot, unit) * problem.Depth) + k;
                    expected[index] = ReferenceProduct.Chain(
                        problem.Weights[index], problem.Rows,
                        at => problem.A[((last - at) * problem.AStride) + k],
                        at => problem.D[((last - at) * problem.DStride) + column]);
                }
            }

            return Difference(unpacked, expected);
        }
    }

    // Sums from the last row to the first, without a product.
    private sealed unsafe class BiasRun(Problem problem) : IForWidth<string?>
    {
        public string? Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            AlignedBuffer gradient = problem.Packed();
            fixed (float* d = problem.D)
            {
                PanelProduct<S, V>.AccumulateBiasGradient(
                    problem.Layout, gradient.Pointer, problem.Rows, new Rows(d, problem.DStride), problem.Pitch);
            }

            float[] unpacked = new float[problem.Weights.Length];
            new Parameter("b", problem.Layout, problem.Layout.Rows).Unpack(gradient.Span, unpacked);
            float[] expected = [.. problem.Weights];
            foreach ((int slot, int unit) in problem.InPackedOrder())
            {
                for (int row = problem.Rows - 1; row >= 0; row--) expected[problem.MatrixRow(slot, unit)] += problem.D[problem.DIndex(row, slot, unit)];
            }

            return Difference(unpacked, expected);
        }
    }

    private sealed unsafe class UnpaddedRun(Problem problem) : IForWidth<(float[] Row, int Lanes)>
    {
        public (float[] Row, int Lanes) Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            AlignedBuffer packed = problem.Packed();
            var init = new AlignedBuffer(16);
            float[] c = new float[16];
            Array.Fill(c, float.NaN);
            fixed (float* a = problem.A, target = c)
            {
                PanelProduct<S, V>.Multiply(
                    problem.Layout, packed.Pointer, problem.Gates, 1, new Rows(a, problem.AStride), new Rows(init.Pointer, 0), new Rows(target, 16),
                    problem.Pitch, padding: false);
            }

            GC.KeepAlive(packed);
            GC.KeepAlive(init);
            return (c, S.Lanes);
        }
    }

    private static string? Difference(float[] actual, float[] expected)
    {
        for (int i = 0; i < expected.Length; i++)
        {
            if (!Bits.Same(actual[i], expected[i])) return $"value {i} is {actual[i]:R}; expected {expected[i]:R}";
        }

        return null;
    }
}
