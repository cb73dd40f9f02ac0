using System.Runtime.CompilerServices;
using Engine.Threads;

namespace Engine.Kernels;

/// <summary>
/// A <see cref="MatrixProduct"/> cut into groups of panels and of rows for a crew to share. The depth is never cut: an element of C
/// stays one chain.
/// </summary>
internal static unsafe class SharedProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    // Multiply-adds of a chunk, about 50 µs of one core: long beside taking it, short beside what a caller would wait for.
    private const long ChunkWork = 3_000_000;

    // What loading and storing an element of C costs, in multiply-adds: it counts where the depth is small.
    private const int WorkPerElement = 8;

    // Reading B takes as long as the multiply-adds of so many rows: a bias's gradient has one.
    private const int LeastRows = 4;

    private const int MostWanted = 1024;

    // Tiles of rows that use a stretch of a panel of B while it is in the cache: with fewer, fetching it would cost too much.
    private const int LeastTilesPerStretch = 8;

    /// <summary>The whole product, whoever does it.</summary>
    /// <param name="product">What to compute.</param>
    /// <param name="crew">Who shares it; null for the caller alone.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(in MatrixProduct product, Crew? crew)
    {
        if (crew is null) MatrixProduct<S, V>.Run(product);
        else Share(product, crew);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Share(in MatrixProduct product, Crew crew)
    {
        long depth = ((long)product.Depth * product.Segments) + WorkPerElement;
        long work = (long)Math.Max(LeastRows, product.Rows) * product.Panels * product.Columns * depth;
        if (product.Rows == 0 || !crew.IsWorth(work))
        {
            MatrixProduct<S, V>.Run(product);
            return;
        }

        int wanted = (int)Math.Clamp(work / ChunkWork, 2 * crew.Threads, MostWanted);
        int panels = Math.Max(1, product.Panels / wanted);
        int panelGroups = Ceiling(product.Panels, panels);
        int rowGroups = Math.Max(1, wanted / Math.Max(1, panelGroups));
        int tiles = (product.Rows + MatrixProduct.TileRows - 1) / MatrixProduct.TileRows;
        if (ProductPlan.For(product).Stretch > 0)
            rowGroups = Math.Min(rowGroups, Math.Max(tiles / LeastTilesPerStretch, Ceiling(crew.Threads, panelGroups)));

        int rows = Ceiling(tiles, Math.Max(1, rowGroups)) * MatrixProduct.TileRows;
        rowGroups = Ceiling(product.Rows, rows);
        while ((long)panelGroups * rowGroups > Board.MostChunks)
        {
            rows *= 2;
            rowGroups = Ceiling(product.Rows, rows);
        }

        var job = new Job { Product = product, Panels = panels, Rows = rows, RowGroups = rowGroups };
        crew.Run(null, &RunChunk, &job, panelGroups * rowGroups);
    }

    // The groups of rows of one panel are neighbours, so that whoever takes them in turn has the panel in the cache.
    private static void RunChunk(object? target, void* job, int chunk)
    {
        ref readonly Job whole = ref *(Job*)job;
        int panel = chunk / whole.RowGroups * whole.Panels;
        int row = chunk % whole.RowGroups * whole.Rows;
        MatrixProduct part = whole.Product;
        part.Panels = Math.Min(whole.Panels, part.Panels - panel);
        part.Rows = Math.Min(whole.Rows, part.Rows - row);
        part.A += row * part.ARow;
        part.B += panel * part.BPanel;
        part.Init += (panel * part.InitPanel) + (row * part.InitRow);
        part.C += (panel * part.CPanel) + (row * part.CRow);
        MatrixProduct<S, V>.Run(part);
    }

    private static int Ceiling(int count, int size) => (count + size - 1) / size;

    private struct Job
    {
        public MatrixProduct Product;
        public int Panels;
        public int Rows;
        public int RowGroups;
    }
}
