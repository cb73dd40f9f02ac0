using System.Runtime.CompilerServices;
using Engine.Layout;
using Engine.Memory;
using Engine.Threads;

namespace Engine.Kernels;

/// <summary>The three products of a packed weight matrix: forward, the gradient of its input, the gradient of itself.</summary>
/// <remarks>
/// A packed matrix meets rows that hold its columns panel by panel, <c>pitch</c> floats apart: the panel's own width where the
/// rows hold nothing else, more where each block has further places (a GRU's four chains beside three gates). Such rows are
/// given from the place of the range's first gate on.
/// </remarks>
internal static unsafe class PanelProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    // Rows of a pass over a weight gradient: 64 rows of one panel are 16 KiB and stay in the L1 cache while the tiles pass over them.
    private const int GradientPass = 64;

    /// <summary><c>c[rows, columns] = init + a[rows, depth] · W</c>; init may be c, or one row for all (stride 0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        PanelLayout layout, float* weights, GateRange gates, int rows, Rows a, Rows init, Rows c, int pitch,
        Crew? crew = null)
    {
        MatrixProduct product = Product(layout, weights, gates, rows, a, init, c, pitch);
        SharedProduct<S, V>.Run(product, crew);
        if (layout.LastColumns == 0) return;

        ToLastPanel(ref product, layout);
        product.BDepth = layout.LastColumns;
        SharedProduct<S, V>.Run(product, crew);
    }

    /// <summary>
    /// The part of <see cref="Multiply"/> that belongs to some units: from where a panel begins to where one ends.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyUnits(
        PanelLayout layout, float* weights, GateRange gates, UnitRange units, int rows, Rows a, Rows init, Rows c, int pitch)
    {
        MatrixProduct product = Product(layout, weights, gates, rows, a, init, c, pitch);
        int first = units.First / layout.PanelUnits;
        int last = (units.End - 1) / layout.PanelUnits;
        product.B += first * product.BPanel;
        product.Init += first * product.InitPanel;
        product.C += first * product.CPanel;
        product.Panels = Math.Min(last + 1, layout.FullPanels) - first;
        MatrixProduct<S, V>.Run(product);
        if (last < layout.FullPanels) return;

        ToLastPanel(ref product, layout, first);
        product.BDepth = layout.LastColumns;
        MatrixProduct<S, V>.Run(product);
    }

    /// <summary>
    /// <c>dW += aᵀ · d</c>, the chain of every element running from the last row to the first, which is the order in which
    /// backpropagation through time meets them.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void AccumulateGradient(
        PanelLayout layout, float* gradient, GateRange gates, int rows, Rows a, Rows d, int pitch, Crew? crew = null)
    {
        if (rows == 0) return;
        gradient += gates.First * Sizes.Block;
        var product = new MatrixProduct
        {
            A = a.From(rows - 1).Data, ARow = 1, ADepth = -a.Stride,
            B = d.From(rows - 1).Data, BPanel = pitch, BDepth = -d.Stride,
            Init = gradient, InitRow = layout.PanelColumns, InitPanel = (nint)layout.Depth * layout.PanelColumns,
            C = gradient, CRow = layout.PanelColumns, CPanel = (nint)layout.Depth * layout.PanelColumns,
            Rows = layout.Depth, Depth = rows, Segments = 1,
            Panels = layout.FullPanels, Columns = Width(layout, gates),
        };
        SharedProduct<S, V>.Run(product, crew, GradientPass);
        if (layout.LastColumns == 0) return;

        ToLastPanel(ref product, layout);
        product.InitRow = product.CRow = layout.LastColumns;
        SharedProduct<S, V>.Run(product, crew, GradientPass);
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
        int width = Width(layout, gates);
        bool gapless = width == pitch && width == layout.PanelColumns;
        int restOfBlock = layout.PanelColumns - width;
        var product = new MatrixProduct
        {
            A = d.Data, ARow = d.Stride, ADepth = 1, ASkip = gapless ? 0 : pitch - width,
            B = copy + (gates.First * Sizes.Block * transposed.PanelColumns),
            BPanel = (nint)transposed.Depth * transposed.PanelColumns,
            BDepth = transposed.PanelColumns, BSkip = gapless ? 0 : (nint)restOfBlock * transposed.PanelColumns,
            Init = init.IsEmpty ? ZeroRow.Pointer : init.Data, InitRow = init.Stride, InitPanel = init.IsEmpty ? 0 : transposed.PanelColumns,
            C = c.Data, CRow = c.Stride, CPanel = transposed.PanelColumns,
            Rows = rows, Depth = gapless ? layout.Columns : width, Segments = gapless ? 1 : layout.FullPanels,
            Panels = transposed.FullPanels, Columns = transposed.PanelColumns,
        };
        SharedProduct<S, V>.Run(product, crew);
        if (transposed.LastColumns == 0) return;

        ToLastPanel(ref product, transposed);
        product.B = copy + (transposed.FullPanels * product.BPanel) + (gates.First * Sizes.Block * transposed.LastColumns);
        product.BDepth = transposed.LastColumns;
        product.BSkip = gapless ? 0 : (nint)restOfBlock * transposed.LastColumns;
        SharedProduct<S, V>.Run(product, crew);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static MatrixProduct Product(PanelLayout layout, float* weights, GateRange gates, int rows, Rows a, Rows init, Rows c, int pitch) => new()
    {
        A = a.Data, ARow = a.Stride, ADepth = 1,
        B = weights + (gates.First * Sizes.Block), BPanel = (nint)layout.Depth * layout.PanelColumns, BDepth = layout.PanelColumns,
        Init = init.Data, InitRow = init.Stride, InitPanel = pitch,
        C = c.Data, CRow = c.Stride, CPanel = pitch,
        Rows = rows, Depth = layout.Depth, Segments = 1,
        Panels = layout.FullPanels, Columns = Width(layout, gates),
    };

    // With one gate a panel is several blocks wide and there is nothing to leave out.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int Width(PanelLayout layout, GateRange gates) =>
        layout.Gates == 1 ? layout.PanelColumns : gates.Count * Sizes.Block;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void ToLastPanel(ref MatrixProduct product, PanelLayout layout, int from = 0)
    {
        int panels = layout.FullPanels - from;
        product.B += panels * product.BPanel;
        product.Init += panels * product.InitPanel;
        product.C += panels * product.CPanel;
        product.Panels = 1;
        product.Columns = layout.LastColumns;
    }
}
