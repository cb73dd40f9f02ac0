using System.Runtime.CompilerServices;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Kernels;

/// <summary>The transposed copy of a packed matrix, which the gradient of its input needs as packed panels too.</summary>
internal static unsafe class PanelTranspose
{
    // What moving one weight costs in multiply-adds of a product.
    private const int WorkPerWeight = 16;

    private const int MostChunks = 1024;

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
            for (int k = 0; k < depth; k++)
            {
                int panel = k / transposed.PanelColumns;
                int panelWidth = panel < transposed.FullPanels ? transposed.PanelColumns : transposed.LastColumns;
                float* target = copy + ((nint)panel * transposed.PanelColumns * transposed.Depth)
                    + ((nint)firstColumn * panelWidth) + (k % transposed.PanelColumns);
                for (int j = 0; j < width; j++)
                {
                    *target = *source++;
                    target += panelWidth;
                }
            }
        }
    }

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
