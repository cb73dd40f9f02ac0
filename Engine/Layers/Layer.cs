using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>
/// One layer of a model: what it keeps (parameters, sizes of its buffers) and its forward and backward pass. It owns no memory and
/// holds no stream; both are handed in, so one layer serves any number of threads.
/// </summary>
internal abstract unsafe class Layer
{
    protected Layer(string name, int inputSize, int outputSize)
    {
        Name = name;
        InputSize = inputSize;
        OutputSize = outputSize;
    }

    /// <summary>Name in messages, such as <c>lstm.l0</c>.</summary>
    public string Name { get; }

    public int InputSize { get; }

    public int OutputSize { get; }

    /// <summary>Floats between output rows.</summary>
    public int OutputStride => Sizes.RowStride(OutputSize);

    /// <summary>Its tensors, in PyTorch's order.</summary>
    public abstract IReadOnlyList<Parameter> Parameters { get; }

    /// <summary>Whether its output is a hidden state that the next step reads.</summary>
    public virtual bool IsRecurrent => false;

    /// <summary>Whether it has a cell beside its hidden state.</summary>
    public virtual bool HasCell => false;

    /// <summary>Whether it answers once per sequence, from the last step.</summary>
    public virtual bool LastStepOnly => false;

    /// <summary>Floats of a gate row; 0 if it needs none.</summary>
    public virtual int GateColumns => 0;

    /// <summary>Floats of a row of sums over h; 0 if it has none.</summary>
    public virtual int HiddenSumColumns => 0;

    /// <summary>Floats it derives from its weights for running (folded biases).</summary>
    public virtual int DerivedLength => 0;

    /// <summary>Floats it derives from its weights for training (transposed copies).</summary>
    /// <param name="inputToo">Whether the gradient of the input will be asked for.</param>
    public virtual long TransposedLength(bool inputToo) => 0;

    /// <summary>Floats of scratch that a forward pass over so many rows needs beside its gate rows.</summary>
    public virtual long ScratchLength(long rows) => 0;

    /// <summary>Multiply-adds of one row of one time step.</summary>
    public virtual long Work => 0;

    /// <summary>The flat weights, packed.</summary>
    protected float* Weights { get; private set; }

    /// <summary>What <see cref="Refresh"/> derived from them.</summary>
    protected float* Derived { get; private set; }

    /// <summary>Says where the weights are.</summary>
    public void Attach(float* weights, float* derived)
    {
        Weights = weights;
        Derived = derived;
    }

    /// <summary>Derives again what running needs, after the weights changed.</summary>
    public virtual void Refresh()
    {
    }

    /// <summary>Derives again what the backward pass needs, after the weights changed.</summary>
    /// <param name="transposed"><see cref="TransposedLength"/> floats.</param>
    /// <param name="inputToo">Whether the gradient of the input will be asked for; the same as in <see cref="TransposedLength"/>.</param>
    /// <param name="crew">Who shares the work; null for the caller alone.</param>
    public virtual void Transpose(float* transposed, bool inputToo, Crew? crew = null)
    {
    }

    /// <summary>Draws fresh weights: PyTorch's rule, or Glorot's with orthogonal recurrent matrices.</summary>
    public abstract void Initialize(WeightDrawer draw, bool likePyTorch);

    /// <summary>The way forward.</summary>
    /// <param name="pass">Over what.</param>
    /// <param name="crew">Who shares the work; null for the caller alone. Not to be seen in the result.</param>
    public abstract void Forward(in ForwardPass pass, Crew? crew = null);

    /// <summary>What the first step of a pass can do before its input is there: see <see cref="ForwardPass.Prepared"/>.</summary>
    /// <inheritdoc cref="Forward" path="/param"/>
    public virtual void Prepare(in ForwardPass pass, Crew? crew = null)
    {
    }

    /// <summary>Whether a step of one stream has a kernel of its own: <see cref="StepAlone"/>, which does less around it than Forward.</summary>
    public virtual bool StepsAlone => false;

    /// <summary>What <see cref="StepAlone"/> is given for the first step of a pass of one stream.</summary>
    public virtual StepOperands OperandsOf(in ForwardPass pass) => throw new NotSupportedException();

    /// <summary>Whether <see cref="StepAlone"/> can write <see cref="StepOperands.Answer"/>.</summary>
    public virtual bool AnswersAlone => false;

    /// <summary>One step of one stream, by the caller alone.</summary>
    public virtual void StepAlone(in StepOperands step) => throw new NotSupportedException();

    /// <summary>Whether a crew is asked for help in such a step.</summary>
    public virtual bool SharesStep(in StepOperands step, Crew crew) => false;

    /// <summary>The same step by the caller and a crew, each some units.</summary>
    public virtual void StepShared(in StepOperands step, Crew crew) => throw new NotSupportedException();

    /// <summary>The way back.</summary>
    /// <param name="pass">Over what.</param>
    /// <param name="crew">Who shares the work; null for the caller alone. Not to be seen in the result.</param>
    public abstract void Backward(in BackwardPass pass, Crew? crew = null);

    /// <summary>The rows of one time step and all after it.</summary>
    protected static Rows AtStep(Rows rows, int step, int batch) => rows.From(step * batch);
}
