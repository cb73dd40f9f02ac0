using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// How a <see cref="MatrixProduct"/> is gone over: in stretches of its depth or not, in which order, and what is asked for before it is needed. The result
/// does not depend on it.
/// </summary>
/// <remarks>
/// A panel of B is met by all rows before the next one is. A deep one would be gone from the second cache before the next tile of rows meets it, so it goes in
/// stretches, panel by panel. A caller's stretches (a weight's gradient: a few rows of the tape) go over all panels, as long as the result stays near meanwhile.
/// Where the third cache is slow, what comes next has to be asked for: without that, a fifth of the time goes into waiting for the next panel.
/// </remarks>
/// <param name="Stretch">Most steps of the depth in a stretch; 0 where there is one only.</param>
/// <param name="PanelByPanel">Whether all stretches of a panel come before the next panel, rather than all panels before the next stretch.</param>
/// <param name="AsksForPanels">Whether the next panel or stretch of B is asked for.</param>
/// <param name="AsksForRows">Whether the next rows of A are asked for, by those panels that meet them first.</param>
internal readonly record struct ProductPlan(int Stretch, bool PanelByPanel, bool AsksForPanels, bool AsksForRows)
{
    // Floats of B that fit the second cache of any processor of this decade, beside what else there is.
    private const int NearFloats = 512 * 1024 / sizeof(float);

    // A larger panel goes in stretches of about so many floats: found by measuring, with second caches of 2 MiB.
    private const int MostPanelFloats = 256 * 1024 / sizeof(float);
    private const int StretchFloats = 128 * 1024 / sizeof(float);

    // To a larger result it does not pay to come back with every stretch: measured likewise.
    private const int MostResultFloats = 1024 * 1024 / sizeof(float);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static ProductPlan For(in MatrixProduct product)
    {
        bool dense = product.BDepth == product.Columns;
        long steps = (long)product.Depth * product.Segments;
        bool deep = product.Stretch == 0 && dense && steps * product.Columns > MostPanelFloats
            && product.Rows > MatrixProduct.TileRows; // the rows of one tile meet B once, wherever it is
        int stretch = deep ? StretchFloats / product.Columns : steps > product.Stretch ? product.Stretch : 0;
        return new(
            stretch,
            PanelByPanel: deep || (long)product.Panels * product.Columns * product.Rows > MostResultFloats,
            AsksForPanels: deep || (dense && product.Panels * product.BPanel > NearFloats),
            AsksForRows: product.FarRows && (product.ADepth != 1 || stretch == 0)); // a stretch is only a part of rows that lie one after the other
    }
}
