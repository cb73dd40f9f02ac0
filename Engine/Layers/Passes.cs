using System.Runtime.CompilerServices;
using Engine.Kernels;

namespace Engine.Layers;

/// <summary>What a layer is given to run <see cref="Steps"/> time steps of <see cref="Batch"/> rows. Rows are [T·B], time first.</summary>
internal unsafe struct ForwardPass
{
    public int Steps;
    public int Batch;

    /// <summary>[T·B] ids, where the layer reads tokens.</summary>
    public int* Tokens;

    /// <summary>[T·B, input], where it reads numbers. Never written.</summary>
    public Rows Input;

    /// <summary>[T·B, padded output], written by the layer, of the padding what it likes; [B, …] where it answers on the last step only.</summary>
    public Rows Output;

    /// <summary>[B, padded hidden] before the first step. Read only; the newest hidden state is the last of <see cref="Output"/>.</summary>
    public Rows Hidden;

    /// <summary>[B, padded hidden] cell before the first step.</summary>
    public Rows Cell;

    /// <summary>Where the cell of step t goes: t·<see cref="CellStep"/> floats on. May be <see cref="Cell"/> with step 0.</summary>
    public Rows CellOut;

    public nint CellStep;

    /// <summary>[T·B, gate columns]: scratch, or with <see cref="Record"/> what the backward pass needs.</summary>
    public Rows Gates;

    /// <summary>[B, but at least 2; <see cref="Layer.HiddenSumColumns"/>]: what the gates of one step sum up over h.</summary>
    public Rows HiddenSums;

    /// <summary><see cref="Layer.ScratchLength"/> floats for T·B rows; null where that is 0.</summary>
    public float* Scratch;

    /// <summary>Whether <see cref="HiddenSums"/> holds the first step's already, where <see cref="Layer.Prepare"/> left them.</summary>
    public bool Prepared;

    public bool Record;

    /// <summary>Whether the sequence goes on after these steps, so that its last step is not among them.</summary>
    public bool Unfinished;

    /// <summary>The same over some of the steps.</summary>
    /// <param name="first">The first of them.</param>
    /// <param name="steps">How many.</param>
    /// <param name="lastStepOnly">Whether the layer answers on the last step of all only.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly ForwardPass Part(int first, int steps, bool lastStepOnly)
    {
        ForwardPass part = this;
        int row = first * Batch;
        part.Steps = steps;
        part.Unfinished |= first + steps < Steps;
        part.Tokens = Tokens == null ? null : Tokens + row;
        part.Input = Input.From(row);
        part.Output = Output.From(lastStepOnly ? 0 : row);
        part.Gates = Gates.From(row);
        part.CellOut = new(CellOut.Data + (first * CellStep), CellOut.Stride);
        if (first == 0) return part;

        part.Hidden = Output.From(row - Batch);
        part.Cell = new(part.CellOut.Data - CellStep, CellOut.Stride);
        return part;
    }

    /// <summary>Some rows of a pass over one step.</summary>
    public readonly ForwardPass Slice(int first, int rows) => this with
    {
        Batch = rows,
        Tokens = Tokens == null ? null : Tokens + first,
        Input = Input.From(first),
        Output = Output.From(first),
        Hidden = Hidden.From(first),
        Cell = Cell.From(first),
        CellOut = CellOut.From(first),
        Gates = Gates.From(first),
        HiddenSums = HiddenSums.From(first),
    };
}

/// <summary>
/// What a layer is given to go back over a recorded <see cref="ForwardPass"/>, and where its gradients go.
/// </summary>
internal unsafe struct BackwardPass
{
    /// <summary>The pass as it was recorded. Its gates are overwritten with the gradients of the gates' chains.</summary>
    public ForwardPass Forward;

    /// <summary>In: the gradient of <see cref="ForwardPass.Output"/> as the layers above see it. Overwritten.</summary>
    public Rows OutputGradient;

    /// <summary>[T·B, padded input], written; empty if nobody wants it.</summary>
    public Rows InputGradient;

    /// <summary>[B, padded hidden], added to: gradient of the hidden state before the first step.</summary>
    public Rows HiddenGradient;

    /// <summary>[B, padded hidden]. In: gradient of the cell after the last step. Out: of the cell before the first.</summary>
    public Rows CellGradient;

    /// <summary>Whether <see cref="Border"/> holds the step after these, to be done once more.</summary>
    public bool Resumes;

    /// <summary>Whether the first step is to be kept in <see cref="Border"/>, to be done once more by the pass over those before.</summary>
    public bool Continues;

    public SegmentBorder Border;

    /// <summary>Flat gradients of all parameters, added to.</summary>
    public float* Gradients;

    /// <summary>This layer's transposed weights, made by <see cref="Layer.Transpose"/>.</summary>
    public float* Transposed;

    /// <summary>The same over some of the steps, those after them being done.</summary>
    /// <inheritdoc cref="ForwardPass.Part" path="/param"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public readonly BackwardPass Part(int first, int steps, bool lastStepOnly)
    {
        BackwardPass part = this;
        int row = first * Forward.Batch;
        part.Forward = Forward.Part(first, steps, lastStepOnly);
        part.OutputGradient = OutputGradient.From(lastStepOnly ? 0 : row);
        part.InputGradient = InputGradient.From(row);
        part.Resumes = Resumes && first + steps == Forward.Steps;
        part.Continues = Continues && first == 0;
        if (first > 0) part.HiddenGradient = OutputGradient.From(row - Forward.Batch);
        return part;
    }
}
