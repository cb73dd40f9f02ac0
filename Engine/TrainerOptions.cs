namespace Engine;

/// <summary>What a training step makes small.</summary>
public enum Loss
{
    /// <summary>Mean over all outputs of (output − target)²; PyTorch's <c>MSELoss</c>.</summary>
    MeanSquaredError,

    /// <summary>
    /// Mean over all rows of −log softmax(outputs)[class]; PyTorch's <c>CrossEntropyLoss</c> with class ids, rows whose class is
    /// <see cref="TrainerOptions.IgnoreIndex"/> left out.
    /// </summary>
    CrossEntropy,
}

/// <summary>The time steps whose outputs the loss looks at.</summary>
public enum LossSteps
{
    /// <summary>Every step the model answers on.</summary>
    All,

    /// <summary>The last step only.</summary>
    Last,
}

/// <summary>How the size of all gradients together is measured.</summary>
public enum NormKind
{
    /// <summary>√Σ g².</summary>
    L2,

    /// <summary>max |g|.</summary>
    Infinity,
}

/// <summary>
/// Adam (Kingma and Ba 2015) as PyTorch has it: <c>m = β₁m + (1−β₁)g</c>, <c>v = β₂v + (1−β₂)g²</c>,
/// <c>p −= lr · m̂ / (√v̂ + ε)</c> with bias-corrected m̂ and v̂.
/// </summary>
public sealed record AdamOptions
{
    /// <summary>lr, above 0, at most 1e20. <see cref="Trainer.LearningRate"/> changes it on the way.</summary>
    public double LearningRate { get; init; } = 1e-3;

    /// <summary>β₁, from 0 to below 1.</summary>
    public double Beta1 { get; init; } = 0.9;

    /// <summary>β₂, from 0 to below 1.</summary>
    public double Beta2 { get; init; } = 0.999;

    /// <summary>ε, above 0; outside the root and after the bias correction.</summary>
    public double Epsilon { get; init; } = 1e-8;
}

/// <summary>How a <see cref="Trainer"/> trains.</summary>
public sealed record TrainerOptions
{
    /// <summary>Time steps (T) of every training step, at least 1.</summary>
    public required int SequenceLength { get; init; }

    /// <summary>Sequences (B) side by side in every training step, at least 1.</summary>
    public required int BatchSize { get; init; }

    /// <summary>The loss.</summary>
    public Loss Loss { get; init; } = Loss.MeanSquaredError;

    /// <summary>The steps it looks at. A model that answers on the last step only has no others.</summary>
    public LossSteps LossSteps { get; init; } = LossSteps.All;

    /// <summary>The class id that <see cref="Loss.CrossEntropy"/> leaves out.</summary>
    public int IgnoreIndex { get; init; } = -100;

    /// <summary>
    /// Limit of the norm of all gradients together, above 0: beyond it they are scaled by <c>limit / (norm + 1e-6)</c>
    /// (PyTorch's <c>clip_grad_norm_</c>). Null for none.
    /// </summary>
    public double? ClipNorm { get; init; }

    /// <summary>The norm that is meant, and reported.</summary>
    public NormKind ClipNormKind { get; init; } = NormKind.L2;

    /// <summary>
    /// Limit of every single gradient, above 0 (PyTorch's <c>clip_grad_value_</c>). Null for none; not together with
    /// <see cref="ClipNorm"/>.
    /// </summary>
    public double? ClipValue { get; init; }

    /// <summary>The optimizer.</summary>
    public AdamOptions Optimizer { get; init; } = new();

    /// <summary>
    /// Truncated backpropagation: whether the final state of a step is the initial state of the next. Otherwise each step begins
    /// from <see cref="Trainer.State"/> as it was set (zero at first).
    /// </summary>
    public bool CarryState { get; init; }

    /// <summary>Whether <see cref="Trainer.InputGradient"/> is computed too.</summary>
    public bool InputGradient { get; init; }

    /// <summary>
    /// Time steps that are kept for the backward pass at a time, at least 1; null, or <see cref="SequenceLength"/> or more, for all.
    /// With fewer, the backward pass computes each segment of so many steps anew from the state it began with. At √T to 2√T steps
    /// memory grows with √T, but for inputs and outputs, at the price of at most one more forward pass. Every result is the same to
    /// the bit.
    /// </summary>
    public int? SegmentLength { get; init; }

    /// <summary>
    /// Threads that share each training step, 1 to 64: the caller, and one less that the trainer starts and ends when it is disposed.
    /// The losses, gradients and weights are the same bits however many there are. Pays from about 32 units with a batch of 32 on;
    /// otherwise as said of <see cref="SequenceModel.CreateState(int, int)"/>.
    /// </summary>
    public int Threads { get; init; } = 1;

    internal void Validate()
    {
        Check.Threads(Threads);
        Check.Positive(SequenceLength);
        Check.Positive(BatchSize);
        if (SegmentLength is { } segment) Check.Positive(segment, nameof(SegmentLength));
        Check.Defined(Loss);
        Check.Defined(LossSteps);
        Check.Defined(ClipNormKind);
        if (ClipNorm is { } norm) Check.Above0(norm, nameof(ClipNorm));
        if (ClipValue is { } value) Check.Above0(value, nameof(ClipValue));
        if (ClipNorm is not null && ClipValue is not null)
            throw new ArgumentException("ClipNorm and ClipValue are both set; expected one of them.", nameof(ClipValue));

        ArgumentNullException.ThrowIfNull(Optimizer);
        Check.LearningRate(Optimizer.LearningRate, nameof(Optimizer.LearningRate));
        Check.Above0(Optimizer.Epsilon, nameof(Optimizer.Epsilon));
        CheckBeta(Optimizer.Beta1, nameof(Optimizer.Beta1));
        CheckBeta(Optimizer.Beta2, nameof(Optimizer.Beta2));
    }

    private static void CheckBeta(double beta, string name)
    {
        if (!(beta >= 0 && beta < 1)) throw new ArgumentOutOfRangeException(name, beta, $"{name} is {beta}; expected 0 to below 1.");
    }
}
