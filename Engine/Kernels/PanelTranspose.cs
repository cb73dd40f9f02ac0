using Engine.Layout;

namespace Engine.Kernels;

/// <summary>The transposed copy of a packed matrix, which the gradient of its input needs as packed panels too.</summary>
internal static unsafe class PanelTranspose
{
    /// <summary>Layout of the copy: its depth is W's packed columns, in their packed order, its columns are W's depth.</summary>
    public static PanelLayout LayoutOf(PanelLayout weights) => new(weights.Depth, weights.Columns, 0);

    /// <summary>Fills <paramref name="copy"/>; its padding columns are left alone (0).</summary>
    public static void Run(PanelLayout weights, float* source, PanelLayout transposed, float* copy)
    {
        for (int firstColumn = 0; firstColumn < weights.Columns; firstColumn += weights.PanelColumns)
        {
            int width = Math.Min(weights.PanelColumns, weights.Columns - firstColumn);
            for (int k = 0; k < weights.Depth; k++)
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
}
