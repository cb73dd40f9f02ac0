using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// <c>C = Init + A·B</c> over a run of equally wide panels. Every element of C is one chain of fused multiply-adds in the order
/// of the depth, begun from its Init; how the work is tiled cannot be seen in the result.
/// </summary>
/// <remarks>
/// All distances are in floats and may be negative or 0. With <c>p</c> a panel, <c>j</c> a column in it, <c>i</c> a row and
/// <c>k</c> the depth: A(i,k) at <c>A + i·ARow + k·ADepth</c>; B(k,j) at <c>B + p·BPanel + k·BDepth + j</c>;
/// C and Init (i,j) at <c>C + p·CPanel + i·CRow + j</c>. After every <see cref="Depth"/> elements, <see cref="Segments"/> times over,
/// A and B skip <see cref="ASkip"/> and <see cref="BSkip"/> floats more. Init may be C itself; otherwise nothing may overlap.
/// <see cref="Columns"/> is a multiple of the lanes, and C's padding columns among them are written. With <see cref="Halves"/>, only the first 8 of every
/// 16 are.
/// </remarks>
internal unsafe struct MatrixProduct
{
    /// <summary>Rows of the highest register tile.</summary>
    public const int TileRows = 6;

    public float* A;
    public nint ARow;
    public nint ADepth;
    public nint ASkip;

    public float* B;
    public nint BPanel;
    public nint BDepth;
    public nint BSkip;

    public float* Init;
    public nint InitPanel;
    public nint InitRow;

    public float* C;
    public nint CPanel;
    public nint CRow;

    public int Rows;
    public int Depth;
    public int Segments;
    public int Panels;
    public int Columns;

    /// <summary>
    /// Steps of the depth, or 0 for as many as suit B: all rows meet so many of a panel before any goes on, so that they find them, and A's, in a near
    /// cache. C is stored and taken up again in between; the chains go on.
    /// </summary>
    public int Stretch;

    /// <summary>Whether the second half of every block of columns is left as it is. Not for vectors shorter than that.</summary>
    public bool Halves;

    /// <summary>
    /// Whether A is asked for ahead: by the first panel, where nobody has read it lately; by every panel, where its rows are neighbours (ARow 1) and so
    /// many that it is gone by then. Rows that are not have to be one after the other.
    /// </summary>
    public bool FarRows;
}

/// <summary>
/// Cuts a <see cref="MatrixProduct"/> into register tiles. Panels are the outer loop, so that one stays in the cache for all rows; of a deep one
/// a stretch after the other.
/// </summary>
/// <remarks>
/// Where B is larger than the second cache may be, the next panel is fetched while the rows meet this one. Otherwise its first rows would wait for it: a
/// fifth of the time on a processor whose third cache is slow. A far A is fetched likewise: while its rows meet the first panel, a tile asks for the next one's.
/// Rows of A that are neighbours come from as many places as there are steps in a stretch, more than the processor follows by itself.
/// </remarks>
internal static unsafe class MatrixProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    // Floats of B that fit the second cache of any processor of this decade, beside what else there is.
    private const int NearFloats = 512 * 1024 / sizeof(float);

    // A deeper panel than this does not stay there beside the next one, and goes in stretches of no more than the second number.
    private const int MostPanelFloats = 256 * 1024 / sizeof(float);
    private const int StretchFloats = 128 * 1024 / sizeof(float);

    // A result that stays in the second cache while stretch after stretch is added to all of it.
    private const int MostResultFloats = 1024 * 1024 / sizeof(float);

    // How far ahead a tile asks for rows that are neighbours: lines of three tiles are two at most.
    private const int NeighboursAhead = 2 * Prefetch.LineFloats;

    // Tiles of fewer rows leave too little work beside a line to hide it behind.
    private const int LeastRowsAhead = 4;

    // Compiled in full at once: every tile height would else run unoptimised code of its own at first.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in MatrixProduct product)
    {
        if (!product.Halves) Run<One>(product, product.Columns / S.Lanes);
        else if (S.Lanes == Sizes.HalfBlock) Run<Two>(product, product.Columns / Sizes.Block);
        else MatrixProduct<Simd256, Vector256<float>>.Run(product); // a vector of 16 lanes is a whole block
    }

    // Every D-th vector of columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<D>(in MatrixProduct product, int vectors)
        where D : struct, ICount
    {
        bool fetches = product.BDepth == product.Columns && product.Panels * product.BPanel > NearFloats;
        bool nearResult = (long)product.Panels * product.Columns * product.Rows <= MostResultFloats;
        int stretch = StretchOf(product);
        if (stretch == 0) Panels<D>(product, vectors, fetches, null);
        else if (product.Stretch > 0 && nearResult) Stretches<D>(product, vectors, stretch, fetches, null);
        else StretchesByPanels<D>(product, vectors, stretch, fetches);
    }

    // Steps of a stretch, or 0 where there is one only. The rows of one tile meet B once, wherever it is.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int StretchOf(in MatrixProduct product)
    {
        if (product.Rows <= MatrixProduct.TileRows) return 0;

        long steps = (long)product.Depth * product.Segments;
        if (product.Stretch > 0) return steps > product.Stretch ? product.Stretch : 0;

        return product.BDepth == product.Columns && steps * product.Columns > MostPanelFloats ? StretchFloats / product.Columns : 0;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StretchesByPanels<D>(MatrixProduct product, int vectors, int stretch, bool fetches)
        where D : struct, ICount
    {
        int panels = product.Panels;
        product.Panels = 1;
        for (; panels > 0; panels--)
        {
            Stretches<D>(product, vectors, stretch, fetches, panels > 1 ? product.B + product.BPanel : null);
            ToNextPanel(ref product);
        }
    }

    // Stretches of like length, of whole segments if there are several.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Stretches<D>(MatrixProduct product, int vectors, int stretch, bool fetches, float* then)
        where D : struct, ICount
    {
        bool inSegments = product.Segments > 1;
        int left = inSegments ? product.Segments : product.Depth;
        int most = inSegments ? Math.Max(1, stretch / product.Depth) : stretch;
        for (int stretches = (left + most - 1) / most; stretches > 0; stretches--)
        {
            int taken = (left + stretches - 1) / stretches;
            left -= taken;
            if (inSegments) product.Segments = taken;
            else product.Depth = taken;

            nint steps = (nint)product.Depth * product.Segments;
            int skips = inSegments ? taken : 0;
            float* next = product.B + (steps * product.BDepth) + (skips * product.BSkip);
            Panels<D>(product, vectors, fetches, left > 0 ? next : then);

            product.A += (steps * product.ADepth) + (skips * product.ASkip);
            product.B = next;
            product.Init = product.C;
            product.InitPanel = product.CPanel;
            product.InitRow = product.CRow;
            product.FarRows &= product.ARow == 1;
        }
    }

    // Each fetches the next one, and the last what comes then.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panels<D>(MatrixProduct product, int vectors, bool fetches, float* then)
        where D : struct, ICount
    {
        for (; product.Panels > 0; product.Panels--)
        {
            Tiles<D>(product, vectors, !fetches ? null : product.Panels > 1 ? product.B + product.BPanel : then);
            ToNextPanel(ref product);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ToNextPanel(ref MatrixProduct product)
    {
        product.B += product.BPanel;
        product.Init += product.InitPanel;
        product.C += product.CPanel;
        product.FarRows &= product.ARow == 1;
    }

    // All rows of one panel. They fetch as much as they read of B.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles<D>(in MatrixProduct product, int vectors, float* ahead)
        where D : struct, ICount
    {
        nint steps = (nint)product.Depth * product.Segments;
        float* end = ahead + (steps * product.Columns);
        float* a = product.A;
        float* init = product.Init;
        float* c = product.C;

        // Tiles of like height: a last one of a row or two would read all of B for little work.
        int rows = product.Rows;
        for (int left = (rows + MatrixProduct.TileRows - 1) / MatrixProduct.TileRows; left > 0; left--)
        {
            int taken = (rows + left - 1) / left;
            bool asksForRows = product.FarRows && left > 1;
            float* hint = !asksForRows ? ahead : a + (product.ARow == 1 ? NeighboursAhead : taken * product.ARow);
            switch (taken)
            {
                case 6: Across<Six, D>(product, vectors, a, product.B, init, c, hint); break;
                case 5: Across<Five, D>(product, vectors, a, product.B, init, c, hint); break;
                case 4: Across<Four, D>(product, vectors, a, product.B, init, c, hint); break;
                case 3: Across<Three, D>(product, vectors, a, product.B, init, c, hint); break;
                case 2: Across<Two, D>(product, vectors, a, product.B, init, c, hint); break;
                default: Across<One, D>(product, vectors, a, product.B, init, c, hint); break;
            }

            rows -= taken;
            a += taken * product.ARow;
            init += taken * product.InitRow;
            c += taken * product.CRow;

            // A tile asks for as many lines as it has steps, so the first few share what is ahead.
            if (asksForRows || ahead == null) continue;

            ahead += steps * Prefetch.LineFloats;
            if (ahead >= end) ahead = null;
        }
    }

    // As many vectors of columns at once as leave a register for A and one per column for B: with 16 registers 2 × 4, 3 × 3 or 6 × 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Across<R, D>(in MatrixProduct product, int vectors, float* a, float* b, float* init, float* c, float* ahead)
        where R : struct, ICount
        where D : struct, ICount
    {
        int widest = S.ManyRegisters || R.Value <= 2 ? 4 : R.Value == 3 ? 3 : 2;
        while (vectors > 0)
        {
            int taken = Math.Min(widest, vectors);
            switch (taken)
            {
                case 4: Tile<R, Four, D>(product, a, b, init, c, ahead); break;
                case 3: Tile<R, Three, D>(product, a, b, init, c, ahead); break;
                case 2: Tile<R, Two, D>(product, a, b, init, c, ahead); break;
                default: Tile<R, One, D>(product, a, b, init, c, ahead); break;
            }

            vectors -= taken;
            int distance = taken * S.Lanes * D.Value;
            ahead = null;
            b += distance;
            init += distance;
            c += distance;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<R, C, D>(in MatrixProduct product, float* a, float* b, float* init, float* c, float* ahead)
        where R : struct, ICount
        where C : struct, ICount
        where D : struct, ICount
    {
        if (R.Value < LeastRowsAhead || ahead == null) MatrixTile<S, V>.Run<R, C, D, Nothing>(product, a, b, init, c, null);
        else if (product.ARow == 1) MatrixTile<S, V>.Run<R, C, D, ByNeighbours>(product, a, b, init, c, ahead);
        else MatrixTile<S, V>.Run<R, C, D, ByLines>(product, a, b, init, c, ahead);
    }
}
