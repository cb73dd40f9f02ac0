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
    /// At most so many steps of the depth are met by all rows before any goes on, so that they find them, and A's, in a near cache; C is stored and taken up
    /// again in between, and the chains go on. 0 for as many as suit B. <see cref="ProductPlan"/> says in which order.
    /// </summary>
    public int Stretch;

    /// <summary>Whether the second half of every block of columns is left as it is. Not for vectors shorter than that.</summary>
    public bool Halves;

    /// <summary>
    /// Whether nobody has read A lately, so that a tile asks for the next one's rows. They lie one after the other (ADepth is 1), or they are neighbours (ARow is
    /// 1), from as many places as there are steps, more than the processor follows by itself.
    /// </summary>
    public bool FarRows;

    /// <summary>So many panels further on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Skip(int panels)
    {
        B += panels * BPanel;
        Init += panels * InitPanel;
        C += panels * CPanel;
    }

    /// <summary>The chains go on from where C has them.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void GoOnFromC()
    {
        Init = C;
        InitPanel = CPanel;
        InitRow = CRow;
    }
}

/// <summary>
/// Cuts a <see cref="MatrixProduct"/> into register tiles: panel by panel, so that one stays in the cache for all rows, and stretches of the depth as
/// <see cref="ProductPlan"/> has them.
/// </summary>
internal static unsafe class MatrixProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    // How far ahead a tile asks for rows that are neighbours: the lines of five to eight tiles.
    private const int NeighboursAhead = 2 * Prefetch.LineFloats;

    // Tiles of fewer rows leave too little work beside a line to hide it behind.
    private const int LeastRowsAhead = 4;

    // Compiled in full at once: every tile height would else run unoptimised code of its own at first.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in MatrixProduct product)
    {
        if (!product.Halves) Run<One>(product);
        else if (S.Lanes == Sizes.HalfBlock) Run<Two>(product);
        else MatrixProduct<Simd256, Vector256<float>>.Run(product); // a vector of 16 lanes is a whole block
    }

    // Every D-th vector of columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run<D>(in MatrixProduct product)
        where D : struct, ICount
    {
        ProductPlan plan = ProductPlan.For(product);
        if (plan.Stretch == 0) Panels<D>(product, plan, null);
        else if (plan.PanelByPanel) StretchesByPanels<D>(product, plan);
        else Stretches<D>(product, plan, null);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void StretchesByPanels<D>(MatrixProduct product, in ProductPlan plan)
        where D : struct, ICount
    {
        int panels = product.Panels;
        product.Panels = 1;
        for (; panels > 0; panels--)
        {
            Stretches<D>(product, plan, panels > 1 ? product.B + product.BPanel : null);
            product.Skip(1);
        }
    }

    // Of like length, of whole segments if there are several. Then is what comes after them.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Stretches<D>(MatrixProduct product, in ProductPlan plan, float* then)
        where D : struct, ICount
    {
        bool inSegments = product.Segments > 1;
        int left = inSegments ? product.Segments : product.Depth;
        int most = inSegments ? Math.Max(1, plan.Stretch / product.Depth) : plan.Stretch;
        for (int stretches = (left + most - 1) / most; stretches > 0; stretches--)
        {
            int taken = (left + stretches - 1) / stretches;
            left -= taken;
            if (inSegments) product.Segments = taken;
            else product.Depth = taken;

            nint steps = (nint)product.Depth * product.Segments;
            int skips = inSegments ? taken : 0;
            float* next = product.B + (steps * product.BDepth) + (skips * product.BSkip);
            Panels<D>(product, plan, left > 0 ? next : then);

            product.A += (steps * product.ADepth) + (skips * product.ASkip);
            product.B = next;
            product.GoOnFromC();
        }
    }

    // Each asks for the next one, and the last for what comes then. The rows of A are asked for by the first: the others meet the same ones.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Panels<D>(MatrixProduct product, in ProductPlan plan, float* then)
        where D : struct, ICount
    {
        product.FarRows = plan.AsksForRows;
        for (; product.Panels > 0; product.Panels--)
        {
            Tiles<D>(product, !plan.AsksForPanels ? null : product.Panels > 1 ? product.B + product.BPanel : then);
            product.Skip(1);
            product.FarRows = false;
        }
    }

    // All rows of one panel. They ask for as much as they read of B.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles<D>(in MatrixProduct product, float* ahead)
        where D : struct, ICount
    {
        nint steps = (nint)product.Depth * product.Segments;
        float* end = ahead + (steps * product.Columns) + (product.Segments * product.BSkip);
        float* a = product.A;
        float* init = product.Init;
        float* c = product.C;
        bool neighbours = product.ADepth != 1;

        // Tiles of like height: a last one of a row or two would read all of B for little work.
        int rows = product.Rows;
        for (int left = (rows + MatrixProduct.TileRows - 1) / MatrixProduct.TileRows; left > 0; left--)
        {
            int taken = (rows + left - 1) / left;
            bool asksForRows = product.FarRows && left > 1;
            float* hint = !asksForRows ? ahead : a + (neighbours ? NeighboursAhead : taken * product.ARow);
            nint hintStep = asksForRows && neighbours ? product.ADepth : Prefetch.LineFloats;
            switch (taken)
            {
                case 6: Across<Six, D>(product, a, product.B, init, c, hint, hintStep); break;
                case 5: Across<Five, D>(product, a, product.B, init, c, hint, hintStep); break;
                case 4: Across<Four, D>(product, a, product.B, init, c, hint, hintStep); break;
                case 3: Across<Three, D>(product, a, product.B, init, c, hint, hintStep); break;
                case 2: Across<Two, D>(product, a, product.B, init, c, hint, hintStep); break;
                default: Across<One, D>(product, a, product.B, init, c, hint, hintStep); break;
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
    private static void Across<R, D>(in MatrixProduct product, float* a, float* b, float* init, float* c, float* hint, nint hintStep)
        where R : struct, ICount
        where D : struct, ICount
    {
        int vectors = product.Columns / (S.Lanes * D.Value);
        int widest = S.ManyRegisters || R.Value <= 2 ? 4 : R.Value == 3 ? 3 : 2;
        while (vectors > 0)
        {
            int taken = Math.Min(widest, vectors);
            switch (taken)
            {
                case 4: Tile<R, Four, D>(product, a, b, init, c, hint, hintStep); break;
                case 3: Tile<R, Three, D>(product, a, b, init, c, hint, hintStep); break;
                case 2: Tile<R, Two, D>(product, a, b, init, c, hint, hintStep); break;
                default: Tile<R, One, D>(product, a, b, init, c, hint, hintStep); break;
            }

            vectors -= taken;
            int distance = taken * S.Lanes * D.Value;
            hint = null;
            b += distance;
            init += distance;
            c += distance;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<R, C, D>(in MatrixProduct product, float* a, float* b, float* init, float* c, float* hint, nint hintStep)
        where R : struct, ICount
        where C : struct, ICount
        where D : struct, ICount
    {
        if (R.Value < LeastRowsAhead || hint == null) MatrixTile<S, V>.Run<R, C, D, AsksForNothing>(product, a, b, init, c, null, 0);
        else MatrixTile<S, V>.Run<R, C, D, AsksAhead>(product, a, b, init, c, hint, hintStep);
    }
}
