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
}

/// <summary>
/// Cuts a <see cref="MatrixProduct"/> into register tiles. Panels are the outer loop, so that one stays in the cache for all rows.
/// </summary>
internal static unsafe class MatrixProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    // Compiled in full at once: every tile height would else run unoptimised code of its own at first.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in MatrixProduct product)
    {
        if (!product.Halves) Tile<One>(product, product.Columns / S.Lanes);
        else if (S.Lanes == Sizes.HalfBlock) Tile<Two>(product, product.Columns / Sizes.Block);
        else MatrixProduct<Simd256, Vector256<float>>.Run(product); // a vector of 16 lanes is a whole block
    }

    // Every D-th vector of columns.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<D>(in MatrixProduct product, int vectors)
        where D : struct, ICount
    {
        // Tiles of like height: a last one of a row or two would read all of B for little work.
        int tiles = (product.Rows + MatrixProduct.TileRows - 1) / MatrixProduct.TileRows;
        for (int panel = 0; panel < product.Panels; panel++)
        {
            float* b = product.B + (panel * product.BPanel);
            float* init = product.Init + (panel * product.InitPanel);
            float* c = product.C + (panel * product.CPanel);
            for (int row = 0, left = tiles; left > 0; left--)
            {
                int taken = (product.Rows - row + left - 1) / left;
                float* a = product.A + (row * product.ARow);
                float* tileInit = init + (row * product.InitRow);
                float* tileC = c + (row * product.CRow);
                switch (taken)
                {
                    case 6: Across<Six, D>(product, vectors, a, b, tileInit, tileC); break;
                    case 5: Across<Five, D>(product, vectors, a, b, tileInit, tileC); break;
                    case 4: Across<Four, D>(product, vectors, a, b, tileInit, tileC); break;
                    case 3: Across<Three, D>(product, vectors, a, b, tileInit, tileC); break;
                    case 2: Across<Two, D>(product, vectors, a, b, tileInit, tileC); break;
                    default: Across<One, D>(product, vectors, a, b, tileInit, tileC); break;
                }

                row += taken;
            }
        }
    }

    // As many vectors of columns at once as leave a register for A and one per column for B: with 16 registers 2 × 4, 3 × 3 or 6 × 2.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Across<R, D>(in MatrixProduct product, int vectors, float* a, float* b, float* init, float* c)
        where R : struct, ICount
        where D : struct, ICount
    {
        int widest = S.ManyRegisters || R.Value <= 2 ? 4 : R.Value == 3 ? 3 : 2;
        while (vectors > 0)
        {
            int taken = Math.Min(widest, vectors);
            switch (taken)
            {
                case 4: MatrixTile<S, V>.Run<R, Four, D>(product, a, b, init, c); break;
                case 3: MatrixTile<S, V>.Run<R, Three, D>(product, a, b, init, c); break;
                case 2: MatrixTile<S, V>.Run<R, Two, D>(product, a, b, init, c); break;
                default: MatrixTile<S, V>.Run<R, One, D>(product, a, b, init, c); break;
            }

            vectors -= taken;
            int distance = taken * S.Lanes * D.Value;
            b += distance;
            init += distance;
            c += distance;
        }
    }
}
