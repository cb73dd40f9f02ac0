using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Configs;
using Engine.Bench.Compare;
using Engine.Bench.Peers;
using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;

namespace Engine.Bench;

/// <summary>
/// The matrix product behind batches and training, <c>[rows, depth] · [depth, 4·depth]</c>: ours over packed panels, beside loops and
/// System.Numerics.Tensors over rows, and oneDNN's <c>sgemm</c>. The results are compared first.
/// </summary>
[CategoriesColumn]
[GroupBenchmarksBy(BenchmarkLogicalGroupRule.ByParams)]
public unsafe class ProductBenchmarks
{
    private const double Tolerance = 1e-4;

    private AlignedBuffer _a = null!;
    private AlignedBuffer _b = null!;
    private AlignedBuffer _c = null!;
    private AlignedBuffer _packed = null!;
    private Product _product = null!;

    [Params(32, 256)]
    public int Rows { get; set; }

    [Params(64, 128, 256)]
    public int Depth { get; set; }

    private int Columns => 4 * Depth;

    [GlobalSetup]
    public void Setup()
    {
        // Read when the library is loaded.
        Machine.SetNativeVariable("OMP_NUM_THREADS", "1");
        _a = new(Rows * Depth);
        _b = new(Depth * Columns);
        _c = new(Rows * Columns);
        Workload.Values(_a.Length).CopyTo(_a.Span);
        Workload.Values(_b.Length, seed: 2).CopyTo(_b.Span);
        _product = InstructionSets.Make(InstructionSets.Best, new Factory(Columns, Depth));
        _packed = new(_product.PackedLength);
        _product.Pack(_b.Span, _packed.Span);

        Naive();
        float[] expected = _c.Span.ToArray();
        Check(Engine, expected, ours: true);
        Check(Tensors, expected, ours: false);
        if (NativeLibrary.TryLoad(OneDnnNative.Library, out _)) Check(OneDnn, expected, ours: false);
    }

    [Benchmark(Baseline = true)]
    [BenchmarkCategory("Engine")]
    public void Engine() => _product.Run(Rows, _a.Pointer, _packed.Pointer, _c.Pointer);

    [Benchmark]
    [BenchmarkCategory("naive C#")]
    public void Naive()
    {
        _c.Clear();
        Span<float> a = _a.Span, b = _b.Span, c = _c.Span;
        for (int i = 0; i < Rows; i++)
        {
            for (int k = 0; k < Depth; k++)
            {
                for (int j = 0; j < Columns; j++) c[(i * Columns) + j] += a[(i * Depth) + k] * b[(k * Columns) + j];
            }
        }
    }

    [Benchmark]
    [BenchmarkCategory("Tensors")]
    public void Tensors()
    {
        _c.Clear();
        for (int i = 0; i < Rows; i++)
        {
            Span<float> row = _c.Span.Slice(i * Columns, Columns);
            for (int k = 0; k < Depth; k++) TensorPrimitives.MultiplyAdd(_b.Span.Slice(k * Columns, Columns), _a.Span[(i * Depth) + k], row, row);
        }
    }

    /// <summary>Needs <c>apt-get install libdnnl2</c>.</summary>
    [Benchmark]
    [BenchmarkCategory("oneDNN")]
    public void OneDnn() => OneDnnNative.Check(
        OneDnnNative.Multiply((byte)'N', (byte)'N', Rows, Columns, Depth, 1, _a.Pointer, Depth, _b.Pointer, Columns, 0, _c.Pointer, Columns), "sgemm");

    private void Check(Action product, float[] expected, bool ours)
    {
        _c.Clear();
        product();
        for (int i = 0; i < expected.Length; i++)
        {
            float actual = _c.Pointer[ours ? _product.PlaceOf(i / Columns, i % Columns) : i];
            if (!(Math.Abs(actual - expected[i]) <= Tolerance * Depth))
                throw new InvalidOperationException($"{product.Method.Name} gives {actual} at {i}; expected {expected[i]}.");
        }
    }

    // Four gates of Depth units, as an LSTM has them.
    private sealed class Factory(int columns, int depth) : IForWidth<Product>
    {
        public Product Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct => new ForWidth<S, V>(new PanelLayout(columns / 4, depth, 0, 1, 2, 3));
    }

    private abstract class Product(PanelLayout layout)
    {
        public long PackedLength => layout.Length;

        protected PanelLayout Layout => layout;

        public abstract void Run(int rows, float* a, float* packed, float* c);

        // b is [depth, 4·units] with gate g of unit u in column g·units + u.
        public void Pack(ReadOnlySpan<float> b, Span<float> packed)
        {
            int columns = b.Length / layout.Depth;
            for (int k = 0; k < layout.Depth; k++)
            {
                for (int j = 0; j < columns; j++) packed[layout.IndexOf(j, k)] = b[(k * columns) + j];
            }
        }

        // Rows of c hold the gates of 16 units after each other.
        public int PlaceOf(int row, int column)
        {
            int units = layout.Columns / layout.Gates, gate = column / units, unit = column % units;
            return (row * layout.Columns) + (unit / Sizes.Block * layout.PanelColumns) + (gate * Sizes.Block) + (unit % Sizes.Block);
        }
    }

    private sealed class ForWidth<S, V>(PanelLayout layout) : Product(layout)
        where S : struct, ISimd<V>
        where V : struct
    {
        private readonly AlignedBuffer _zero = new(layout.Columns);

        public override void Run(int rows, float* a, float* packed, float* c) => PanelProduct<S, V>.Multiply(
            Layout, packed, GateRange.All(Layout), rows, new Rows(a, Layout.Depth), new Rows(_zero.Pointer, 0), new Rows(c, Layout.Columns), Layout.PanelColumns);
    }
}
