using System.Runtime.CompilerServices;
using Engine.Kernels;

namespace Engine.Layers;

/// <summary>
/// What the first step of a segment reads on its way back, kept so that it can be done once more.
/// </summary>
/// <remarks>
/// The gradient of a hidden state is one chain that begins with what the layers above see of it. Where a segment ends, the step after
/// it has been done before that was known. It is done again when it is: same operations, same order, same bits as without segments.
/// </remarks>
internal struct SegmentBorder
{
    /// <summary>[B, gate columns] activated gates of the step.</summary>
    public Rows Gates;

    /// <summary>[B, padded hidden] after the step.</summary>
    public Rows Hidden;

    /// <summary>[B, padded hidden] cell after the step.</summary>
    public Rows Cell;

    /// <summary>[B, padded hidden] gradient of <see cref="Hidden"/>.</summary>
    public Rows HiddenGradient;

    /// <summary>[B, padded hidden] gradient of <see cref="Cell"/>, from the steps after.</summary>
    public Rows CellGradient;

    /// <summary>Copies what the step is about to overwrite.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly void Keep(in StepRows step, in StepGradients d, int gateColumns, int padded)
    {
        Rows.Copy(step.Gates, Gates, step.Batch, gateColumns);
        Rows.Copy(step.Hidden, Hidden, step.Batch, padded);
        Rows.Copy(d.Hidden, HiddenGradient, step.Batch, padded);
        if (Cell.IsEmpty) return;

        Rows.Copy(step.Cell, Cell, step.Batch, padded);
        Rows.Copy(d.Cell, CellGradient, step.Batch, padded);
    }

    /// <summary>The kept step, which follows <paramref name="last"/>.</summary>
    public readonly StepRows After(in StepRows last) => new()
    {
        Batch = last.Batch,
        Gates = Gates,
        HiddenBefore = last.Hidden,
        Hidden = Hidden,
        CellBefore = last.Cell,
        Cell = Cell,
    };
}
