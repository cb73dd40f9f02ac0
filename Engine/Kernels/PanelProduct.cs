using System.Runtime.CompilerServices;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Kernels;

/// <summary>The three products of a packed weight matrix: forward, the gradient of its input, the gradient of itself.</summary>
/// <remarks>
/// A packed matrix meets rows that hold its columns panel by panel, <c>pitch</c> floats apart: the panel's own width where the
/// rows hold nothing else, more where each block has further places (a GRU's four chains beside three gates). Such rows are
/// given from the place of the range's first gate on.
/// </remarks>
internal static unsafe partial class PanelProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <summary><c>c[rows, columns] = init + a[rows, depth] · W</c>; init may be c, or one row for all (stride 0).</summary>
    /// <param name="layout">Layout of the weights.</param>
    /// <param name="weights">The weights.</param>
    /// <param name="gates">The gates that take part.</param>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="a">What the weights meet.</param>
    /// <param name="init">Where every chain begins.</param>
    /// <param name="c">The result.</param>
    /// <param name="pitch">Floats from one panel of c to the next.</param>
    /// <param name="crew">Who shares the work; null for the caller alone.</param>
    /// <param name="padding">
    /// Whether all padding columns of c are written. If not, half a block of nothing else may be left as it is, and of up to 16 columns all that
    /// do not share a vector with others.
    /// </param>
    /// <param name="far">Whether nobody has read a lately.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Multiply(
        PanelLayout layout, float* weights, GateRange gates, int rows, Rows a, Rows init, Rows c, int pitch,
        Crew? crew = null, bool padding = true, bool far = false)
    {
        MatrixProduct product = Product(layout, weights, gates, rows, a, init, c, pitch);
        product.FarRows = far;
        if (!padding && layout.Columns == Sizes.Block) product.Columns = (layout.Units + S.Lanes - 1) / S.Lanes * S.Lanes;
        RunPanels(product, layout.EndsInHalf, crew, padding);
        if (layout.LastColumns == 0) return;

        ToLastPanel(ref product, layout);
        product.BDepth = layout.LastColumns;
        product.FarRows &= layout.FullPanels == 0;
        SharedProduct<S, V>.Run(product, crew);
    }

    /// <summary>
    /// The part of <see cref="Multiply"/> that belongs to some units: from where a panel begins to where one ends.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void MultiplyUnits(
        PanelLayout layout, float* weights, GateRange gates, UnitRange units, int rows, Rows a, Rows init, Rows c, int pitch, bool padding)
    {
        MatrixProduct product = Product(layout, weights, gates, rows, a, init, c, pitch);
        int first = units.First / layout.PanelUnits;
        int last = (units.End - 1) / layout.PanelUnits;
        product.Skip(first);
        product.Panels = Math.Min(last + 1, layout.FullPanels) - first;
        RunPanels(product, layout.EndsInHalf && last + 1 == layout.FullPanels, crew: null, padding);
        if (last < layout.FullPanels) return;

        ToLastPanel(ref product, layout, first);
        product.BDepth = layout.LastColumns;
        MatrixProduct<S, V>.Run(product);
    }

    /// <summary><see cref="Multiply"/> panel by panel: where the first one is, from which <see cref="ToNextPanel"/> goes on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static MatrixProduct OfFirstPanel(PanelLayout layout, float* weights, int rows, Rows a, Rows init, Rows c, int pitch)
    {
        MatrixProduct product = Product(layout, weights, GateRange.All(layout), rows, a, init, c, pitch);
        product.Panels = 1;
        return product;
    }

    /// <summary>From the panel before <paramref name="panel"/> to that one, which may be the narrower last.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToNextPanel(ref MatrixProduct product, PanelLayout layout, int panel)
    {
        product.Skip(1);
        if (panel == layout.FullPanels) product.BDepth = product.Columns = layout.LastColumns;
    }

    // All full panels, but of a last one that is half empty only the half that has units: unless vectors are too short for that, or there
    // is so little depth that the last panel takes longer on its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void RunPanels(in MatrixProduct product, bool endsInHalf, Crew? crew, bool padding)
    {
        if (endsInHalf && S.Lanes >= Sizes.HalfBlock && product.Depth >= Sizes.HalfBlock) RunToHalf(product, crew, padding);
        else SharedProduct<S, V>.Run(product, crew);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void RunToHalf(MatrixProduct product, Crew? crew, bool padding)
    {
        product.Panels--;
        if (product.Panels > 0) SharedProduct<S, V>.Run(product, crew);

        product.Skip(product.Panels);
        product.Panels = 1;
        if (padding && product.Init != product.C)
        {
            // The padding, too, begins as Init has it.
            SharedProduct<S, V>.Run(product with { Depth = 0 }, crew);
            product.GoOnFromC();
        }

        product.Halves = true;
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
        product.Skip(layout.FullPanels - from);
        product.Panels = 1;
        product.Columns = layout.LastColumns;
    }
}
