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

    /// <summary>[T·B, padded output], written by the layer; [B, …] where it answers on the last step only.</summary>
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

    public bool Record;

    /// <summary>Whether the sequence goes on after these steps, so that its last step is not among them.</summary>
    public bool Unfinished;
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

    /// <summary>[B, padded hidden], written: gradient of the hidden state before the first step.</summary>
    public Rows HiddenGradient;

    /// <summary>
    /// [B, padded hidden], written: gradient of the cell before the first step. Read too where the sequence went on after these steps.
    /// </summary>
    public Rows CellGradient;

    /// <summary>Whether the sequence has steps before these, whose turn comes next; <see cref="Border"/> is then written.</summary>
    public bool Continues;

    /// <summary>The step after these, where the sequence went on; the first of these, once this pass is over.</summary>
    public SegmentBorder Border;

    /// <summary>Flat gradients of all parameters, added to.</summary>
    public float* Gradients;

    /// <summary>This layer's transposed weights, made by <see cref="Layer.Transpose"/>.</summary>
    public float* Transposed;
}
