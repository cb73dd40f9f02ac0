using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Kernels;

/// <summary>The transposed copy of a packed matrix, which the gradient of its input needs as packed panels too.</summary>
internal static unsafe class PanelTranspose
{
    // What moving one weight costs in multiply-adds of a product.
    private const int WorkPerWeight = 16;

    private const int MostChunks = 1024;

    // Rows and columns that are turned in registers.
    private const int Square = 4;

    /// <summary>Layout of the copy: its depth is W's packed columns, in their packed order, its columns are W's depth.</summary>
    public static PanelLayout LayoutOf(PanelLayout weights) => new(weights.Depth, weights.Columns, 0);

    /// <summary>Fills <paramref name="copy"/>; its padding columns are left alone (0).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(PanelLayout weights, float* source, PanelLayout transposed, float* copy, Crew? crew = null)
    {
        int panels = weights.FullPanels + (weights.LastColumns > 0 ? 1 : 0);
        if (crew is null || !crew.IsWorth(weights.Length * WorkPerWeight))
        {
            Run(weights.Depth, weights.Columns, weights.PanelColumns, source, transposed, copy, 0, panels);
            return;
        }

        int each = (panels + MostChunks - 1) / MostChunks;
        var job = new Job
        {
            Source = source, Copy = copy, Depth = weights.Depth, Columns = weights.Columns, PanelColumns = weights.PanelColumns,
            Panels = panels, Each = each,
        };
        crew.Run(transposed, &RunChunk, &job, (panels + each - 1) / each);
    }

    private static void RunChunk(object? transposed, void* work, int chunk)
    {
        ref readonly Job job = ref *(Job*)work;
        int first = chunk * job.Each;
        Run(
            job.Depth, job.Columns, job.PanelColumns, job.Source, Unsafe.As<PanelLayout>(transposed!), job.Copy, first,
            Math.Min(first + job.Each, job.Panels));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Run(
        int depth, int columns, int panelColumns, float* source, PanelLayout transposed, float* copy, int firstPanel, int endPanel)
    {
        source += (nint)firstPanel * panelColumns * depth;
        for (int p = firstPanel; p < endPanel; p++)
        {
            int firstColumn = p * panelColumns;
            int width = Math.Min(panelColumns, columns - firstColumn);
            for (int k = 0; k < depth; k += Square)
            {
                int panel = k / transposed.PanelColumns;
                int panelWidth = panel < transposed.FullPanels ? transposed.PanelColumns : transposed.LastColumns;
                float* target = copy + ((nint)panel * transposed.PanelColumns * transposed.Depth)
                    + ((nint)firstColumn * panelWidth) + (k % transposed.PanelColumns);
                int rows = Math.Min(Square, depth - k);
                if (rows == Square && Vector128.IsHardwareAccelerated) TurnSquares(width, source, target, panelWidth);
                else TurnRows(rows, width, source, target, panelWidth);
                source += rows * width;
            }
        }
    }

    // Rows of the source become columns of the target, 4 × 4 at a time. Widths are multiples of 16.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnSquares(int width, float* source, float* target, int targetWidth)
    {
        for (int j = 0; j < width; j += Square)
        {
            var row0 = Vector128.Load(source + j);
            var row1 = Vector128.Load(source + width + j);
            var row2 = Vector128.Load(source + (2 * width) + j);
            var row3 = Vector128.Load(source + (3 * width) + j);
            Vector128<float> even01 = ZipLow(row0, row2), odd01 = ZipLow(row1, row3);
            Vector128<float> even23 = ZipHigh(row0, row2), odd23 = ZipHigh(row1, row3);
            ZipLow(even01, odd01).Store(target);
            ZipHigh(even01, odd01).Store(target + targetWidth);
            ZipLow(even23, odd23).Store(target + (2 * targetWidth));
            ZipHigh(even23, odd23).Store(target + (3 * targetWidth));
            target += Square * targetWidth;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void TurnRows(int rows, int width, float* source, float* target, int targetWidth)
    {
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < width; j++) target[(j * targetWidth) + row] = source[(row * width) + j];
        }
    }

    // a0 b0 a1 b1, and a2 b2 a3 b3.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipLow(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackLow(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipLow(a, b) : Vector128.Create(a[0], b[0], a[1], b[1]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> ZipHigh(Vector128<float> a, Vector128<float> b) =>
        Sse.IsSupported ? Sse.UnpackHigh(a, b) : AdvSimd.Arm64.IsSupported ? AdvSimd.Arm64.ZipHigh(a, b) : Vector128.Create(a[2], b[2], a[3], b[3]);

    private struct Job
    {
        public float* Source;
        public float* Copy;
        public int Depth;
        public int Columns;
        public int PanelColumns;
        public int Panels;
        public int Each;
    }
}
