using Engine.Kernels;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>The rows of one time step of a batch.</summary>
internal unsafe struct StepRows
{
    public int Batch;

    /// <summary>The gates' sums over x on the way forward, activated gates on the tape, gradients of the chains on the way back.</summary>
    public Rows Gates;

    /// <summary>The gates' sums over h.</summary>
    public Rows HiddenSums;

    /// <summary>Whether those are there already.</summary>
    public bool Prepared;

    public Rows HiddenBefore;
    public Rows Hidden;

    /// <summary>May be <see cref="Cell"/>, where nothing is recorded.</summary>
    public Rows CellBefore;

    public Rows Cell;

    /// <summary>What <see cref="ForwardPass.Scratch"/> is.</summary>
    public float* Scratch;

    /// <summary>Some of the rows.</summary>
    public readonly StepRows Slice(int first, int rows) => new()
    {
        Batch = rows,
        Gates = Gates.From(first),
        HiddenSums = HiddenSums.From(first),
        Prepared = Prepared,
        HiddenBefore = HiddenBefore.From(first),
        Hidden = Hidden.From(first),
        CellBefore = CellBefore.From(first),
        Cell = Cell.From(first),
        Scratch = Scratch,
    };
}

/// <summary>The gradients that one time step back reads and passes on.</summary>
internal unsafe struct StepGradients
{
    /// <summary>Of the hidden state after the step.</summary>
    public Rows Hidden;

    /// <summary>Of the hidden state before it; added to.</summary>
    public Rows HiddenBefore;

    /// <summary>Whether nobody reads <see cref="HiddenBefore"/>, since the step will be done once more.</summary>
    public bool AtBorder;

    /// <summary>Of the cell: after the step when read, before it when written.</summary>
    public Rows Cell;

    /// <summary>The transposed copy of weight_hh.</summary>
    public float* HiddenTransposed;

    /// <summary>Who shares the products; null for the caller alone.</summary>
    public Crew? Crew;

    /// <summary>Those of the rows from <paramref name="first"/> on, for one thread alone.</summary>
    public readonly StepGradients Slice(int first) => new()
    {
        Hidden = Hidden.From(first),
        HiddenBefore = HiddenBefore.From(first),
        Cell = Cell.From(first),
        HiddenTransposed = HiddenTransposed,
    };
}
