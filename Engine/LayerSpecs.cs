using Engine.Kernels;
using Engine.Layers;

namespace Engine;

/// <summary>Nonlinearity of a vanilla RNN.</summary>
public enum RnnActivation
{
    /// <summary><c>tanh(x)</c>.</summary>
    Tanh,

    /// <summary><c>max(x, 0)</c>.</summary>
    Relu,
}

/// <summary>Where a GRU applies its reset gate.</summary>
public enum GruReset
{
    /// <summary><c>n = tanh(Wn x + b_in + r·(Un h + b_hn))</c>: PyTorch, cuDNN, Keras' default.</summary>
    After,

    /// <summary><c>n = tanh(Wn x + b_in + Un (r·h) + b_hn)</c>: the original paper (Cho et al. 2014), ONNX's default.</summary>
    Before,
}

/// <summary>One layer of a <see cref="ModelSpec"/>: immutable and validated.</summary>
/// <remarks>
/// Made by the methods of <see cref="ModelSpec"/>. A new kind of layer is a new record here, a layer class, and its name in files
/// (Interop/LayerKind.cs); the kinds that exist are not touched.
/// </remarks>
public abstract record LayerSpec
{
    private protected LayerSpec(int outputSize)
    {
        OutputSize = outputSize;
    }

    /// <summary>Values per row that the layer gives.</summary>
    public int OutputSize { get; }

    /// <summary>Whether the layer answers on the last step of a sequence only.</summary>
    public virtual bool LastStepOnly => false;

    /// <summary>PyTorch's name for the module, which begins the names of its tensors.</summary>
    internal abstract string Module { get; }

    /// <summary>Whether equal neighbours are one PyTorch module with several layers.</summary>
    internal virtual bool Stacks => false;

    internal virtual bool TakesTokens => false;

    /// <summary>What sets it apart beside its size, for a line of text.</summary>
    internal virtual string Variant => "";

    /// <summary>The layer on a line, such as <c>gru(64, reset before)</c>.</summary>
    public sealed override string ToString() => $"{Module}({OutputSize}{Variant})";

    internal abstract Layer CreateLayer<S, V, A>(LayerName name, int inputSize, MatrixFormat format)
        where S : struct, ISimd<V>
        where V : struct
        where A : struct, IActivations;
}

/// <summary>A learned vector per token id; PyTorch's <c>nn.Embedding</c>.</summary>
public sealed record EmbeddingSpec : LayerSpec
{
    /// <summary>Describes an embedding.</summary>
    /// <param name="dimension">Length of each vector, at least 1.</param>
    public EmbeddingSpec(int dimension)
        : base(Check.Positive(dimension))
    {
    }

    /// <summary>Length of each vector.</summary>
    public int Dimension => OutputSize;

    internal override string Module => "embedding";

    internal override bool TakesTokens => true;

    internal override Layer CreateLayer<S, V, A>(LayerName name, int inputSize, MatrixFormat format) =>
        new EmbeddingLayer(name, inputSize, Dimension);
}

/// <summary><c>h' = f(W_ih x + b_ih + W_hh h + b_hh)</c>; PyTorch's <c>nn.RNN</c>.</summary>
public sealed record RnnSpec : LayerSpec
{
    /// <summary>Describes a vanilla RNN layer.</summary>
    /// <param name="hidden">Units, at least 1.</param>
    /// <param name="activation">The nonlinearity f.</param>
    public RnnSpec(int hidden, RnnActivation activation = RnnActivation.Tanh)
        : base(Check.Positive(hidden))
    {
        Activation = Check.Defined(activation);
    }

    /// <summary>Units.</summary>
    public int Hidden => OutputSize;

    /// <summary>The nonlinearity.</summary>
    public RnnActivation Activation { get; }

    internal override string Module => "rnn";

    internal override string Variant => Activation == RnnActivation.Relu ? ", relu" : "";

    internal override bool Stacks => true;

    internal override Layer CreateLayer<S, V, A>(LayerName name, int inputSize, MatrixFormat format) => Activation == RnnActivation.Tanh
        ? new RnnLayer<S, V, TanhNonlinearity<A>>(name, inputSize, Hidden, format)
        : new RnnLayer<S, V, ReluNonlinearity>(name, inputSize, Hidden, format);
}

/// <summary>
/// Gates i, f, o = σ(…), g = tanh(…), then <c>c' = f·c + i·g</c>, <c>h' = o·tanh(c')</c>; PyTorch's <c>nn.LSTM</c>.
/// </summary>
public sealed record LstmSpec : LayerSpec
{
    /// <summary>Describes an LSTM layer.</summary>
    /// <param name="hidden">Units, at least 1.</param>
    public LstmSpec(int hidden)
        : base(Check.Positive(hidden))
    {
    }

    /// <summary>Units.</summary>
    public int Hidden => OutputSize;

    internal override string Module => "lstm";

    internal override bool Stacks => true;

    internal override Layer CreateLayer<S, V, A>(LayerName name, int inputSize, MatrixFormat format) =>
        new LstmLayer<S, V, A>(name, inputSize, Hidden, format);
}

/// <summary>
/// Gates r, z = σ(…), candidate n (<see cref="GruReset"/>), then <c>h' = (1−z)·n + z·h</c>; PyTorch's <c>nn.GRU</c>.
/// </summary>
public sealed record GruSpec : LayerSpec
{
    /// <summary>Describes a GRU layer.</summary>
    /// <param name="hidden">Units, at least 1.</param>
    /// <param name="reset">Where the reset gate is applied.</param>
    public GruSpec(int hidden, GruReset reset = GruReset.After)
        : base(Check.Positive(hidden))
    {
        Reset = Check.Defined(reset);
    }

    /// <summary>Units.</summary>
    public int Hidden => OutputSize;

    /// <summary>Where the reset gate is applied.</summary>
    public GruReset Reset { get; }

    internal override string Module => "gru";

    internal override string Variant => Reset == GruReset.Before ? ", reset before" : "";

    internal override bool Stacks => true;

    internal override Layer CreateLayer<S, V, A>(LayerName name, int inputSize, MatrixFormat format) => Reset == GruReset.After
        ? new GruLayer<S, V, A>(name, inputSize, Hidden, format)
        : new GruBeforeLayer<S, V, A>(name, inputSize, Hidden, format);
}

/// <summary><c>y = W x + b</c>; PyTorch's <c>nn.Linear</c>.</summary>
public sealed record LinearSpec : LayerSpec
{
    /// <summary>Describes a linear layer.</summary>
    /// <param name="outputs">Values it gives, at least 1.</param>
    /// <param name="lastStepOnly">Whether it answers only on the last step of a sequence.</param>
    public LinearSpec(int outputs, bool lastStepOnly = false)
        : base(Check.Positive(outputs))
    {
        LastStepOnly = lastStepOnly;
    }

    /// <inheritdoc/>
    public override bool LastStepOnly { get; }

    internal override string Module => "linear";

    internal override string Variant => LastStepOnly ? ", last step" : "";

    internal override Layer CreateLayer<S, V, A>(LayerName name, int inputSize, MatrixFormat format) =>
        LinearLayer.Create<S, V>(name, inputSize, OutputSize, LastStepOnly);
}
