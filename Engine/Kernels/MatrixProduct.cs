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

    /// <summary>Whether the second half of every block of columns is left as it is. Not for vectors shorter than that.</summary>
    public bool Halves;

    /// <summary>Whether A is asked for ahead, where nobody has read it lately. It has to be one row after the other, then.</summary>
    public bool FarRows;
}

/// <summary>
/// Cuts a <see cref="MatrixProduct"/> into register tiles. Panels are the outer loop, so that one stays in the cache for all rows.
/// </summary>
/// <remarks>
/// Where B is larger than the second cache may be, the next panel is fetched while the rows meet this one. Otherwise its first rows would wait for it: a
/// fifth of the time on a processor whose third cache is slow. A far A is fetched likewise: while its rows meet the first panel, a tile asks for the next one's.
/// </remarks>
internal static unsafe class MatrixProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    // Floats of B that fit the second cache of any processor of this decade, beside what else there is.
    private const int NearFloats = 512 * 1024 / sizeof(float);

    // Tiles of fewer rows leave too little work beside a line to hide it behind.
    private const int LeastRowsAhead = 4;

    // Compiled in full at once: every tile height would else run unoptimised code of its own at first.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in MatrixProduct product)
    {
        if (!product.Halves) Tiles<One>(product, product.Columns / S.Lanes);
        else if (S.Lanes == Sizes.HalfBlock) Tiles<Two>(product, product.Columns / Sizes.Block);
        else MatrixProduct<Simd256, Vector256<float>>.Run(product); // a vector of 16 lanes is a whole block
    }

    // Every D-th vector of columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tiles<D>(in MatrixProduct product, int vectors)
        where D : struct, ICount
    {
        // Tiles of like height: a last one of a row or two would read all of B for little work.
        int tiles = (product.Rows + MatrixProduct.TileRows - 1) / MatrixProduct.TileRows;
        bool fetches = product.BDepth == product.Columns && product.Panels * product.BPanel > NearFloats;
        for (int panel = 0; panel < product.Panels; panel++)
        {
            float* b = product.B + (panel * product.BPanel);
            float* init = product.Init + (panel * product.InitPanel);
            float* c = product.C + (panel * product.CPanel);
            float* ahead = fetches && panel + 1 < product.Panels ? b + product.BPanel : null;
            for (int row = 0, left = tiles; left > 0; left--)
            {
                int taken = (product.Rows - row + left - 1) / left;
                float* a = product.A + (row * product.ARow);
                float* tileInit = init + (row * product.InitRow);
                float* tileC = c + (row * product.CRow);
                bool asksForRows = product.FarRows && panel == 0 && left > 1;
                float* hint = asksForRows ? a + (taken * product.ARow) : ahead;
                switch (taken)
                {
                    case 6: Across<Six, D>(product, vectors, a, b, tileInit, tileC, hint); break;
                    case 5: Across<Five, D>(product, vectors, a, b, tileInit, tileC, hint); break;
                    case 4: Across<Four, D>(product, vectors, a, b, tileInit, tileC, hint); break;
                    case 3: Across<Three, D>(product, vectors, a, b, tileInit, tileC, hint); break;
                    case 2: Across<Two, D>(product, vectors, a, b, tileInit, tileC, hint); break;
                    default: Across<One, D>(product, vectors, a, b, tileInit, tileC, hint); break;
                }

                row += taken;
                if (!asksForRows) ahead = AfterTile(product, ahead, b + (2 * product.BPanel));
            }
        }
    }

    // A tile asks for as many lines as it has steps, so the first few share the next panel.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float* AfterTile(in MatrixProduct product, float* ahead, float* end)
    {
        if (ahead != null) ahead += product.Depth * product.Segments * Prefetch.LineFloats;
        return ahead < end ? ahead : null;
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
        if (R.Value >= LeastRowsAhead && ahead != null) MatrixTile<S, V>.Run<R, C, D, One>(product, a, b, init, c, ahead);
        else MatrixTile<S, V>.Run<R, C, D, Zero>(product, a, b, init, c, null);
    }
}
