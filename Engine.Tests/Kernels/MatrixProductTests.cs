using Engine.Kernels;
using Engine.Memory;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[Parallelizable(ParallelScope.All)]
internal sealed class MatrixProductTests
{
    // Every tile height with and without a full tile before it, depths from nothing on, every width of a panel.
    private static int[] RowCounts { get; } = [1, 2, 3, 4, 5, 6, 7, 8, 9, 12, 13, 32];
    private static int[] Depths { get; } = [0, 1, 7, 8, 9, 17];
    private static int[] Columns { get; } = [16, 32, 48, 64];

    [Test]
    public void Every_element_is_one_chain_in_the_order_of_the_depth([ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set)
    {
        int seed = 1;
        foreach (int rows in RowCounts)
        {
            foreach (int depth in Depths)
            {
                foreach (int columns in Columns)
                {
                    InstructionSets.Make(set, new Case(rows, depth, columns, false, seed)).Verify();
                    InstructionSets.Make(set, new Case(rows, depth, columns, true, seed++)).Verify();
                }
            }
        }
    }

    // B is larger than 512 KiB and in one piece: the kernel then asks for the next panel meanwhile. Tiles of 4, 5 and 6 rows, two and three segments.
    [TestCase(4, 2)]
    [TestCase(13, 1)]
    [TestCase(12, 2)]
    public void A_large_product_is_the_same_chains(int rows, int seed)
    {
        const int Panels = 17, Columns = 64;
        foreach (InstructionSet set in Widths.All) InstructionSets.Make(set, new Case(rows, 128, Columns, false, seed, Panels)).Verify();
    }

    // A panel of B is larger than 256 KiB: all rows meet a stretch of it before any goes on. In one piece, and in segments, of which one or more are a stretch.
    // A segment may be longer than a stretch.
    [TestCase(13, 1, 1100)]
    [TestCase(7, 3, 430)]
    [TestCase(7, 2, 600)]
    [TestCase(8, 13, 100)]
    public void A_deep_product_is_the_same_chains(int rows, int segments, int depth)
    {
        foreach (InstructionSet set in Widths.All)
        {
            InstructionSets.Make(set, new Case(rows, depth, 64, false, seed: 5, panelsInOnePiece: 2) { Segments = segments }).Verify();
            InstructionSets.Make(set, new Case(rows, depth, 64, false, seed: 7, panelsInOnePiece: 1) { Segments = segments }).Verify();
            InstructionSets.Make(set, new Case(rows, depth, 64, true, seed: 8, panelsInOnePiece: 2) { Segments = segments }).Verify();
        }
    }

    // As a weight's gradient does it: stretches that are asked for, over all panels of a small result, or panel by panel of one above 1 MiB; rows of A that are
    // neighbours, asked for ahead or not.
    [TestCase(13, 64, 1)]
    [TestCase(7, 48, 2)]
    [TestCase(600, 64, 8)]
    public void A_product_in_stretches_is_the_same_chains(int rows, int columns, int seed)
    {
        int panels = rows > 100 ? 7 : 3;
        foreach (InstructionSet set in Widths.All)
        {
            InstructionSets.Make(set, new Case(rows, 11, columns, false, seed, panels) { Segments = 1, Stretch = 4, Neighbours = true }).Verify();
            InstructionSets.Make(set, new Case(rows, 9, columns, true, seed, panels) { Segments = 1, Stretch = 8, Neighbours = true, FarRows = true }).Verify();
        }
    }

    // A product whose distances are all different, so that none can stand in for another.
    private sealed unsafe class Case(int rows, int depth, int columns, bool halves, int seed, int panelsInOnePiece = 0) : IForWidth<Case>
    {
        private const float Untouched = -12345f;

        private readonly int _panels = panelsInOnePiece > 0 ? panelsInOnePiece : 1 + (seed / 3 % 3);
        private readonly int _gap = panelsInOnePiece > 0 ? 0 : 16;
        private readonly bool _backwards = seed % 2 == 0;
        private readonly bool _initIsC = seed % 5 == 0;
        private readonly bool _oneInitRow = seed % 7 == 0;
        private bool _halves;
        private MatrixProduct _product;
        private float[] _a = [];
        private float[] _b = [];
        private float[] _init = [];
        private float[] _c = [];

        public int Segments { get; init; } = 1 + (seed % 3);

        public int Stretch { get; init; }

        public bool Neighbours { get; init; }

        public bool FarRows { get; init; }

        public Case Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            _halves = halves && S.Lanes >= 8;
            nint total = (nint)Segments * (depth + 3);
            _product = new MatrixProduct
            {
                Rows = rows,
                Depth = depth,
                Segments = Segments,
                Panels = _panels,
                Columns = columns,
                ARow = Neighbours ? 1 : total + 5,
                ADepth = (_backwards ? -1 : 1) * (Neighbours ? rows + 5 : 1),
                ASkip = _backwards ? -3 : 3,
                BDepth = columns + _gap,
                BSkip = 2 * (columns + _gap),
                BPanel = (total + 1) * (columns + _gap),
                InitRow = _oneInitRow ? 0 : (_panels * columns) + 32,
                InitPanel = columns,
                CRow = (_panels * (columns + 16)) + 16,
                CPanel = columns + 16,
                Stretch = Stretch,
                Halves = _halves,
                FarRows = FarRows,
            };
            _a = Numbers.Values(seed, (rows + 1) * (int)(total + 5));
            _b = Numbers.Values(seed + 1000, (int)(_panels * _product.BPanel));
            if (_initIsC)
            {
                _product.InitRow = _product.CRow;
                _product.InitPanel = _product.CPanel;
            }

            _init = Numbers.Values(seed + 2000, (int)((rows * _product.InitRow) + (_panels * _product.InitPanel)));

            AlignedBuffer a = Aligned.Copy(_a), b = Aligned.Copy(_b), init = Aligned.Copy(_init);
            var c = new AlignedBuffer(rows * _product.CRow);
            c.Span.Fill(Untouched);
            _product.A = a.Pointer + First;
            _product.B = b.Pointer;
            _product.C = c.Pointer;
            _product.Init = init.Pointer;
            if (_initIsC)
            {
                init.Span[..c.Length].CopyTo(c.Span);
                _product.Init = c.Pointer;
            }

            MatrixProduct<S, V>.Run(_product);
            GC.KeepAlive(a);
            GC.KeepAlive(b);
            GC.KeepAlive(init);
            _c = c.Span.ToArray();
            return this;
        }

        public void Verify()
        {
            float[] expected = new float[_c.Length];
            expected.AsSpan().Fill(Untouched);
            if (_initIsC) _init.AsSpan(0, expected.Length).CopyTo(expected);
            for (int p = 0; p < _panels; p++)
            {
                for (int i = 0; i < rows; i++)
                {
                    for (int j = 0; j < columns; j++)
                    {
                        if (_halves && j % 16 >= 8) continue;

                        float init = _init[(p * _product.InitPanel) + (i * _product.InitRow) + j];
                        expected[(p * _product.CPanel) + (i * _product.CRow) + j] = ReferenceProduct.Chain(
                            init, Segments * depth,
                            k => _a[First + (i * _product.ARow) + (k * _product.ADepth) + (k / depth * _product.ASkip)],
                            k => _b[(p * _product.BPanel) + (k * _product.BDepth) + (k / depth * _product.BSkip) + j]);
                    }
                }
            }

            Bits.AreEqual(_c, expected, $"{rows} rows, depth {Segments} x {depth}, {_panels} panels of {columns}{(_halves ? " in halves" : "")}");
        }

        private int First => !_backwards ? 0 : Neighbours ? (depth - 1) * (rows + 5) : (int)_product.ARow - 1;
    }
}
