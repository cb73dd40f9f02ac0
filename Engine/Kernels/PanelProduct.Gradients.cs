using System.Runtime.CompilerServices;
using Engine.Layout;
using Engine.Memory;
using Engine.Threads;

namespace Engine.Kernels;

/// <content>The way back: the gradients of the weights, of a bias and of the input.</content>
internal static unsafe partial class PanelProduct<S, V>
{
    // Rows that all tiles of a weight gradient meet before any goes on: 64 of one panel are 16 KiB and stay in the L1 cache.
    private const int GradientStretch = 64;

    // What a weight meets, with more floats than this, is not in the second cache any more when the next panel meets it.
    private const int MostNearFloats = 512 * 1024 / sizeof(float);

    // With so many units of one gate, most of a block of columns is padding.
    private const int FewUnits = Sizes.HalfBlock;

    // Four vectors of 16 lanes: enough chains to hide the latency of the multiply-add even for one unit.
    private const int TurnedColumns = 64;

    // With more units than this in the last block, a product of their own takes longer than their padding.
    private const int MostUnitsAlone = 12;

    /// <summary>
    /// <c>dW += aᵀ · d</c>, the chain of every element running from the last row to the first, which is the order in which
    /// backpropagation through time meets them. Rows of <paramref name="a"/> are padded to 16 values, of whatever kind.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AccumulateGradient(
        PanelLayout layout, float* gradient, GateRange gates, int rows, Rows a, Rows d, int pitch, Crew? crew = null)
    {
        if (rows == 0) return;
        if (IsTurned(layout))
        {
            AccumulateTurned(layout, gradient, rows, a, d);
            return;
        }

        gradient += gates.First * Sizes.Block;
        var product = new MatrixProduct
        {
            A = a.From(rows - 1).Data, ARow = 1, ADepth = -a.Stride,
            B = d.From(rows - 1).Data, BPanel = pitch, BDepth = -d.Stride,
            Init = gradient, InitRow = layout.PanelColumns, InitPanel = (nint)layout.Depth * layout.PanelColumns,
            C = gradient, CRow = layout.PanelColumns, CPanel = (nint)layout.Depth * layout.PanelColumns,
            Rows = layout.Depth, Depth = rows, Segments = 1, Stretch = GradientStretch,
            Panels = layout.FullPanels, Columns = Width(layout, gates), FarRows = (long)layout.Depth * rows > MostNearFloats,
        };
        RunPanels(product, layout.EndsInHalf, crew, padding: true);
        if (layout.LastColumns == 0) return;

        ToLastPanel(ref product, layout);
        product.InitRow = product.CRow = layout.LastColumns;
        SharedProduct<S, V>.Run(product, crew);
    }

    /// <summary><c>db += Σ d</c>, the gradient of a bias: of the weight of an input that is always 1.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AccumulateBiasGradient(PanelLayout layout, float* gradient, int rows, Rows d, int pitch, Crew? crew = null)
    {
        // One value is a whole row: a matrix of depth 1 is never turned.
        float one = 1f;
        AccumulateGradient(layout, gradient, GateRange.All(layout), rows, new Rows(&one, 0), d, pitch, crew);
    }

    /// <summary>
    /// <c>c[rows, depth] = init + d[rows, columns] · Wᵀ</c> with the copy that <see cref="PanelTranspose"/> makes; init may be c, or
    /// empty for zeros.
    /// </summary>
    /// <param name="layout">Layout of the weights.</param>
    /// <param name="transposed">Layout of the copy: <see cref="PanelTranspose.LayoutOf"/>.</param>
    /// <param name="copy">The copy.</param>
    /// <param name="gates">The gates that take part.</param>
    /// <param name="rows">Rows of d and c.</param>
    /// <param name="d">Gradients of the columns.</param>
    /// <param name="pitch">Floats from one panel of d to the next.</param>
    /// <param name="init">Where every chain begins.</param>
    /// <param name="c">The result.</param>
    /// <param name="crew">Who shares the work; null for the caller alone.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyTransposed(
        PanelLayout layout, PanelLayout transposed, float* copy, GateRange gates, int rows, Rows d, int pitch, Rows init, Rows c,
        Crew? crew = null)
    {
        var product = new MatrixProduct
        {
            A = d.Data, ARow = d.Stride, ADepth = 1,
            Init = init.IsEmpty ? ZeroRow.Pointer : init.Data, InitRow = init.Stride, InitPanel = init.IsEmpty ? 0 : transposed.PanelColumns,
            C = c.Data, CRow = c.Stride, CPanel = transposed.PanelColumns,
            Rows = rows, Depth = layout.Units, Segments = 1,
        };
        if (layout.Gates == 1)
        {
            RunTransposed(product, transposed, copy, 0, 0, crew);
            return;
        }

        // All columns of all blocks, gates that do not take part left out; but of a last block with few units not the padding.
        (int blocks, int last) = Math.DivRem(layout.Units, Sizes.Block);
        if (last > MostUnitsAlone) (blocks, last) = (blocks + 1, 0);
        int first = gates.First * Sizes.Block;
        if (blocks > 0)
        {
            int width = gates.Count * Sizes.Block;
            bool gapless = width == pitch && width == layout.PanelColumns;
            product.Depth = gapless ? blocks * width : width;
            product.Segments = gapless ? 1 : blocks;
            product.ASkip = pitch - width;
            RunTransposed(product, transposed, copy, first, layout.PanelColumns - width, crew);
            product.GoOnFromC();
        }

        if (last == 0) return;

        product.A += blocks * pitch;
        product.Depth = last;
        product.Segments = gates.Count;
        product.ASkip = Sizes.Block - last;
        RunTransposed(product, transposed, copy, (blocks * layout.PanelColumns) + first, Sizes.Block - last, crew);
    }

    // The product with the rows of the copy from firstRow on; after each segment so many are skipped.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunTransposed(MatrixProduct product, PanelLayout transposed, float* copy, int firstRow, int skipped, Crew? crew)
    {
        product.Panels = transposed.FullPanels;
        product.Columns = transposed.PanelColumns;
        product.BPanel = (nint)transposed.Depth * transposed.PanelColumns;
        product.B = copy + (firstRow * transposed.PanelColumns);
        product.BDepth = transposed.PanelColumns;
        product.BSkip = skipped * transposed.PanelColumns;
        SharedProduct<S, V>.Run(product, crew);
        if (transposed.LastColumns == 0) return;

        ToLastPanel(ref product, transposed);
        product.B = copy + (transposed.FullPanels * product.BPanel) + (firstRow * transposed.LastColumns);
        product.BDepth = transposed.LastColumns;
        product.BSkip = skipped * transposed.LastColumns;
        SharedProduct<S, V>.Run(product, crew);
    }

    // With few units, the lanes of a vector are better filled by the depth.
    private static bool IsTurned(PanelLayout layout) =>
        layout.Gates == 1 && layout.Depth > 1 && layout.Units <= FewUnits && layout.Columns * layout.Depth > layout.Units * Sizes.Padded(layout.Depth);

    // dWᵀ += dᵀ · a: the same chains, whose elements stand otherwise, so they are taken out and put back. Too little work to share.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void AccumulateTurned(PanelLayout layout, float* gradient, int rows, Rows a, Rows d)
    {
        float* turned = stackalloc float[FewUnits * TurnedColumns];
        for (int first = 0; first < layout.Depth; first += TurnedColumns)
        {
            int taken = Math.Min(TurnedColumns, layout.Depth - first);
            float* packed = gradient + (first * layout.PanelColumns);
            for (int unit = 0; unit < layout.Units; unit++)
            {
                for (int k = 0; k < taken; k++) turned[(unit * TurnedColumns) + k] = packed[(k * layout.PanelColumns) + unit];
            }

            MatrixProduct<S, V>.Run(new()
            {
                A = d.From(rows - 1).Data, ARow = 1, ADepth = -d.Stride,
                B = a.From(rows - 1).Data + first, BDepth = -a.Stride,
                Init = turned, InitRow = TurnedColumns, C = turned, CRow = TurnedColumns,
                Rows = layout.Units, Depth = rows, Segments = 1, Panels = 1, Columns = Sizes.Padded(taken),
            });
            for (int unit = 0; unit < layout.Units; unit++)
            {
                for (int k = 0; k < taken; k++) packed[(k * layout.PanelColumns) + unit] = turned[(unit * TurnedColumns) + k];
            }
        }
    }
}
