using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layers;
using Engine.Layout;
using Engine.Memory;
using Engine.Threads;
using Engine.Training;

namespace Engine;

/// <summary>
/// Trains a model by backpropagation through time. Everything a training step needs is allocated here, once; a step allocates
/// nothing, unless it has a non-finite value to report.
/// </summary>
/// <remarks>
/// Used by one thread at a time, while no other thread runs the model. The trained weights are the same bits on every machine.
/// </remarks>
public sealed partial class Trainer : IDisposable
{
    private readonly TrainerOptions _options;
    private readonly Tape _tape;
    private readonly AlignedBuffer _gradients;
    private readonly FlatKernels _kernels;
    private readonly AdamOptimizer _optimizer;
    private readonly AlignedBuffer _softmaxRow;
    private readonly Crew? _crew;
    private readonly float[] _outputs;
    private Phase _phase;
    private bool _hasGradients;
    private long _recordedVersion;
    private double _learningRate;
    private bool _disposed;

    /// <summary>Makes a trainer for sequences of one length and batch size.</summary>
    /// <param name="model">The model; its weights are trained in place.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">An option is out of its range, or does not fit the model.</exception>
    /// <exception cref="NotSupportedException">The model was made by <see cref="SequenceModel.ForInference"/>.</exception>
    public Trainer(SequenceModel model, TrainerOptions options)
        : this(model, options, null)
    {
    }

    internal Trainer(SequenceModel model, TrainerOptions options, CrewPolicy? policy)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(options);
        model.ThrowIfDisposed();
        model.ThrowIfForInference(nameof(Trainer));
        options.Validate();
        if (options.InputGradient && model.Spec.TakesTokens)
            throw new ArgumentException("InputGradient is set, but the model takes token ids, which have no gradient.", nameof(options));
        if (options.Loss == Loss.CrossEntropy && model.OutputSize == 1)
        {
            throw new ArgumentException(
                "Loss is CrossEntropy, but the model has one output, whose only class is always right; expected an output for each class, at least 2.", nameof(options));
        }

        if ((long)options.SequenceLength * options.BatchSize > Array.MaxLength / model.WidestRow)
        {
            throw new ArgumentException(
                $"SequenceLength {options.SequenceLength} × BatchSize {options.BatchSize} rows of up to {model.WidestRow} values are too many; "
                + $"expected at most {Array.MaxLength / model.WidestRow} rows.",
                nameof(options));
        }

        Model = model;
        _options = options;
        _learningRate = options.Optimizer.LearningRate;
        _gradients = new(model.Weights.Length);
        _crew = options.Threads > 1 ? new(options.Threads, policy ?? CrewPolicy.Default) : null;
        var segments = new TimeSegments(options.SequenceLength, Math.Min(options.SegmentLength ?? options.SequenceLength, options.SequenceLength));
        _tape = new(model.Layers.ToArray(), segments, options.BatchSize, model.Spec.TakesTokens, options.InputGradient, _gradients, _crew);
        _kernels = FlatKernels.For(model.InstructionSet);
        _optimizer = MakeOptimizer();
        _softmaxRow = new(Sizes.Padded(model.OutputSize));
        _outputs = new float[checked(_tape.OutputRows * model.OutputSize)];
        State = model.CreateState(options.BatchSize);
        _crew?.Start();
    }

    private enum Phase
    {
        Idle,
        Forward,
        Backward,
    }

    /// <summary>The model that is trained.</summary>
    public SequenceModel Model { get; }

    /// <summary>
    /// Where each step begins: zero at first; whatever the caller sets; with <see cref="TrainerOptions.CarryState"/> the end of the
    /// step before.
    /// </summary>
    public StreamState State { get; }

    /// <summary>Updates made so far.</summary>
    public long Steps => _optimizer.Steps;

    /// <summary>The optimizer's learning rate, above 0, at most 1e20; may be changed between steps.</summary>
    public double LearningRate
    {
        get => _learningRate;
        set => _learningRate = Check.LearningRate(value, nameof(LearningRate));
    }

    /// <summary>
    /// Bytes of all the arrays it holds: tape, inputs and outputs, gradients, the optimizer's moments, transposed weights, and
    /// <see cref="State"/> with its scratch. The model's weights are the model's. <c>docs/training-memory.md</c> has the formula.
    /// </summary>
    public long MemoryBytes =>
        _tape.Bytes + State.Memory.Bytes + _optimizer.Bytes
        + (((long)_gradients.Length + _softmaxRow.Length + _outputs.Length) * sizeof(float));

    /// <summary>The gradient of the inputs [T, B, features] of the last backward pass.</summary>
    /// <exception cref="InvalidOperationException">The options did not ask for it, or there was no backward pass yet.</exception>
    public ReadOnlySpan<float> InputGradient
    {
        get
        {
            if (!_options.InputGradient) throw new InvalidOperationException("TrainerOptions.InputGradient is not set.");
            ExpectGradients(nameof(InputGradient));
            return _tape.InputGradient;
        }
    }

    /// <summary>Who shares the work; null for the caller alone.</summary>
    internal Crew? Crew => _crew;

    private bool LastStepOnly => Model.Spec.LastStepOnly || _options.LossSteps == LossSteps.Last;

    /// <summary>One training step on numbers, with mean squared error.</summary>
    /// <param name="inputs">[T, B, features].</param>
    /// <param name="targets">[T, B, outputs]; [B, outputs] where only the last step counts.</param>
    /// <returns>The loss and the gradient's norm, and whether the weights were updated.</returns>
    /// <exception cref="ArgumentException">A wrong length, a wrong id, or a loss or input of another kind. Nothing was changed.</exception>
    public TrainingStep Step(ReadOnlySpan<float> inputs, ReadOnlySpan<float> targets)
    {
        CheckTargets(targets.Length);
        Record(inputs);
        return Finish(LossOf(targets), targets);
    }

    /// <summary>One training step on numbers, with cross-entropy.</summary>
    /// <param name="inputs">[T, B, features].</param>
    /// <param name="classes">[T, B] class ids, 0 to outputs − 1 or the ignore index; [B] where only the last step counts.</param>
    /// <inheritdoc cref="Step(ReadOnlySpan{float}, ReadOnlySpan{float})" path="/*[not(self::summary or self::param)]"/>
    public TrainingStep Step(ReadOnlySpan<float> inputs, ReadOnlySpan<int> classes)
    {
        CheckClasses(classes);
        Record(inputs);
        return Finish(LossOf(classes), default);
    }

    /// <summary>One training step on token ids, with mean squared error.</summary>
    /// <param name="tokens">[T, B] ids.</param>
    /// <param name="targets">[T, B, outputs]; [B, outputs] where only the last step counts.</param>
    /// <inheritdoc cref="Step(ReadOnlySpan{float}, ReadOnlySpan{float})" path="/*[not(self::summary or self::param)]"/>
    public TrainingStep Step(ReadOnlySpan<int> tokens, ReadOnlySpan<float> targets)
    {
        CheckTargets(targets.Length);
        Record(tokens);
        return Finish(LossOf(targets), targets);
    }

    /// <summary>One training step on token ids, with cross-entropy.</summary>
    /// <param name="tokens">[T, B] ids.</param>
    /// <param name="classes">[T, B] class ids, 0 to outputs − 1 or the ignore index; [B] where only the last step counts.</param>
    /// <inheritdoc cref="Step(ReadOnlySpan{float}, ReadOnlySpan{float})" path="/*[not(self::summary or self::param)]"/>
    public TrainingStep Step(ReadOnlySpan<int> tokens, ReadOnlySpan<int> classes)
    {
        CheckClasses(classes);
        Record(tokens);
        return Finish(LossOf(classes), default);
    }

    /// <summary>
    /// The loss alone, from where <see cref="State"/> stands, which with <see cref="TrainerOptions.CarryState"/> is where training is: reset it for a sequence
    /// of its own. Weights, optimizer and state stay as they are.
    /// </summary>
    /// <param name="inputs">[T, B, features].</param>
    /// <param name="targets">[T, B, outputs]; [B, outputs] where only the last step counts.</param>
    /// <exception cref="ArgumentException">A wrong length, a wrong id, or a loss or input of another kind.</exception>
    public float Evaluate(ReadOnlySpan<float> inputs, ReadOnlySpan<float> targets)
    {
        CheckTargets(targets.Length);
        Record(inputs);
        return LossAlone(LossOf(targets));
    }

    /// <summary>
    /// The loss alone, from where <see cref="State"/> stands, which with <see cref="TrainerOptions.CarryState"/> is where training is: reset it for a sequence
    /// of its own. Weights, optimizer and state stay as they are.
    /// </summary>
    /// <param name="inputs">[T, B, features].</param>
    /// <param name="classes">[T, B] class ids, 0 to outputs − 1 or the ignore index; [B] where only the last step counts.</param>
    /// <exception cref="ArgumentException">A wrong length, a wrong id, or a loss or input of another kind.</exception>
    public float Evaluate(ReadOnlySpan<float> inputs, ReadOnlySpan<int> classes)
    {
        CheckClasses(classes);
        Record(inputs);
        return LossAlone(LossOf(classes));
    }

    /// <summary>
    /// The loss alone, from where <see cref="State"/> stands, which with <see cref="TrainerOptions.CarryState"/> is where training is: reset it for a sequence
    /// of its own. Weights, optimizer and state stay as they are.
    /// </summary>
    /// <param name="tokens">[T, B] ids.</param>
    /// <param name="targets">[T, B, outputs]; [B, outputs] where only the last step counts.</param>
    /// <exception cref="ArgumentException">A wrong length, a wrong id, or a loss or input of another kind.</exception>
    public float Evaluate(ReadOnlySpan<int> tokens, ReadOnlySpan<float> targets)
    {
        CheckTargets(targets.Length);
        Record(tokens);
        return LossAlone(LossOf(targets));
    }

    /// <summary>
    /// The loss alone, from where <see cref="State"/> stands, which with <see cref="TrainerOptions.CarryState"/> is where training is: reset it for a sequence
    /// of its own. Weights, optimizer and state stay as they are.
    /// </summary>
    /// <param name="tokens">[T, B] ids.</param>
    /// <param name="classes">[T, B] class ids, 0 to outputs − 1 or the ignore index; [B] where only the last step counts.</param>
    /// <exception cref="ArgumentException">A wrong length, a wrong id, or a loss or input of another kind.</exception>
    public float Evaluate(ReadOnlySpan<int> tokens, ReadOnlySpan<int> classes)
    {
        CheckClasses(classes);
        Record(tokens);
        return LossAlone(LossOf(classes));
    }

    /// <summary>Refuses further use, and ends the threads.</summary>
    public void Dispose()
    {
        _disposed = true;
        _crew?.Dispose();
        State.Dispose();
    }

    private AdamOptimizer MakeOptimizer() =>
        new(Model.Weights.Length, _options.Optimizer.Beta1, _options.Optimizer.Beta2, _options.Optimizer.Epsilon, _kernels, _crew);

    private float LossAlone(float loss)
    {
        _phase = Phase.Idle;
        return loss;
    }

    // What is left of a training step once the loss and its gradient are there: backward, clip, update.
    private TrainingStep Finish(float loss, ReadOnlySpan<float> targets)
    {
        if (!float.IsFinite(loss))
        {
            _phase = Phase.Idle;
            _hasGradients = false;
            return new(loss, float.NaN, WhyNotFinite(targets));
        }

        BackwardOver(_outputs);
        return Update() with { Loss = loss };
    }

    private NonFinite WhyNotFinite(ReadOnlySpan<float> targets)
    {
        (string Tensor, int? TimeStep)? found = NonFiniteSearch.InForward(_tape, Model.Layers);
        KeepAlive();
        if (found is { } at) return new(at.Tensor, at.TimeStep);

        int perStep = _options.BatchSize * Model.OutputSize;
        for (int i = 0; i < targets.Length; i++)
        {
            if (!float.IsFinite(targets[i])) return new("target", LastStepOnly ? _options.SequenceLength - 1 : i / perStep);
        }

        return new("loss", null);
    }

    private float LossOf(ReadOnlySpan<float> targets)
    {
        Span<float> judged = Judged();
        return LossFunctions.MeanSquaredError(judged, targets, judged);
    }

    private float LossOf(ReadOnlySpan<int> classes)
    {
        Span<float> judged = Judged();
        return LossFunctions.CrossEntropy(_kernels, judged, classes, _options.IgnoreIndex, _softmaxRow, judged);
    }

    // The outputs that the loss looks at; their gradient takes their place. The others have gradient 0.
    private Span<float> Judged()
    {
        int length = LastStepOnly ? _options.BatchSize * Model.OutputSize : _outputs.Length;
        _outputs.AsSpan(0, _outputs.Length - length).Clear();
        return _outputs.AsSpan(_outputs.Length - length);
    }

    private void CheckTargets(int length)
    {
        ThrowIfDisposed();
        if (_options.Loss != Loss.MeanSquaredError)
            throw new ArgumentException($"numeric targets came; the loss is {_options.Loss}, which expects class ids.", "targets");

        int rows = LastStepOnly ? _options.BatchSize : _tape.OutputRows;
        Check.Length(length, rows * Model.OutputSize, "targets", LastStepOnly ? "batch × outputs, last step" : "steps × batch × outputs");
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CheckClasses(ReadOnlySpan<int> classes)
    {
        ThrowIfDisposed();
        if (_options.Loss != Loss.CrossEntropy)
            throw new ArgumentException($"class ids came; the loss is {_options.Loss}, which expects numeric targets.", nameof(classes));

        int rows = LastStepOnly ? _options.BatchSize : _tape.OutputRows;
        Check.Length(classes.Length, rows, nameof(classes), LastStepOnly ? "batch, last step" : "steps × batch");
        bool any = false;
        for (int i = 0; i < classes.Length; i++)
        {
            if (classes[i] == _options.IgnoreIndex) continue;
            any = true;
            if ((uint)classes[i] >= (uint)Model.OutputSize)
            {
                throw new ArgumentException(
                    $"classes has id {classes[i]} at index {i}; expected 0 to {Model.OutputSize - 1} or the ignore index {_options.IgnoreIndex}.",
                    nameof(classes));
            }
        }

        if (!any) throw new ArgumentException($"all classes are the ignore index {_options.IgnoreIndex}; expected at least one that counts.", nameof(classes));
    }

    private void ThrowIfDisposed()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Model.ThrowIfDisposed();
    }

    private void Expect(Phase phase, string what)
    {
        ThrowIfDisposed();
        if (_phase != phase)
            throw new InvalidOperationException($"{what} needs a fresh {(phase == Phase.Forward ? "forward" : "backward")} pass first.");
    }

    // Gradients stay readable until the next pass forward, but for an evaluation.
    private void ExpectGradients(string what)
    {
        ThrowIfDisposed();
        if (!_hasGradients) throw new InvalidOperationException($"{what} needs a backward pass first.");
    }
}
