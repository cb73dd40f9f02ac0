using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Kernels;
using Engine.Layers;
using Engine.Layout;
using Engine.Memory;
using Engine.Threads;

namespace Engine;

/// <summary>
/// A model: description and weights. While nobody trains it or sets its weights, any number of threads may run it at once, each
/// with a <see cref="StreamState"/> of its own.
/// </summary>
/// <remarks>
/// <see cref="Step(StreamState, ReadOnlySpan{float}, Span{float})"/> and <see cref="Run(StreamState, ReadOnlySpan{float}, Span{float})"/>
/// allocate nothing, take no lock and start no thread. Stepping, running a block and running as a row of a batch give the same
/// bits, at every vector width. Lengths, ids and states are checked; numbers are not: a NaN or an infinity among a stream's inputs
/// spoils the outputs of that stream until <see cref="StreamState.ResetRow"/>, while the other streams of the batch go on untouched.
/// </remarks>
public sealed unsafe partial class SequenceModel : IDisposable
{
    private readonly Layer[] _layers;
    private readonly Parameter[] _parameters;
    private readonly Dictionary<string, string> _metadata = [];
    private readonly AlignedBuffer _derived;
    private readonly InferenceOptions? _inference;
    private readonly bool _takesTokens;
    private readonly bool _lastStepOnly;
    private bool _disposed;

    private SequenceModel(ModelSpec spec)
        : this(spec, InstructionSets.Best)
    {
    }

    private SequenceModel(ModelSpec spec, InstructionSet instructionSet, InferenceOptions? inference = null)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Layers.Count == 0) throw new ArgumentException("the description has no layers; expected at least one.", nameof(spec));

        Spec = spec;
        InputSize = spec.TakesTokens ? 1 : spec.Features;
        OutputSize = spec.OutputSize;
        _takesTokens = spec.TakesTokens;
        _lastStepOnly = spec.LastStepOnly;
        InstructionSet = instructionSet;
        _inference = inference;
        int packed = 0;
        try
        {
            _layers = LayerFactory.Create(spec, instructionSet, inference ?? new());
            _parameters = [.. _layers.SelectMany(layer => layer.Parameters)];
            foreach (Parameter parameter in _parameters) packed = parameter.PlaceAt(packed);
        }
        catch (OverflowException error)
        {
            throw new ArgumentException($"{spec} has too many weights; expected at most {Array.MaxLength} in all.", nameof(spec), error);
        }

        Parameters = [.. _parameters.Select(parameter => new ParameterInfo(parameter.Name, parameter.Shape))];
        Weights = new(packed);
        _derived = new(_layers.Sum(layer => (long)layer.DerivedLength));

        float* derived = _derived.Pointer;
        foreach (Layer layer in _layers)
        {
            layer.Attach(Weights.Pointer, derived);
            derived += layer.DerivedLength;
        }
    }

    /// <summary>The description.</summary>
    public ModelSpec Spec { get; }

    /// <summary>Features per time step and row; 1 for tokens, one id.</summary>
    public int InputSize { get; }

    /// <summary>Values per row that the model gives.</summary>
    public int OutputSize { get; }

    /// <summary>Number of learned values, counted as PyTorch does.</summary>
    public long ParameterCount => _parameters.Sum(parameter => (long)parameter.Count);

    /// <summary>The tensors, in the order of the layers.</summary>
    public IReadOnlyList<ParameterInfo> Parameters { get; }

    /// <summary>
    /// Free notes that are saved with the model, such as how its inputs were scaled. Keys must not begin with <c>engine.</c>
    /// </summary>
    public IDictionary<string, string> Metadata => _metadata;

    /// <summary>The description and the number of learned values.</summary>
    public override string ToString() => $"{Spec}, {ParameterCount} parameters";

    internal InstructionSet InstructionSet { get; }

    /// <summary>All parameters in their packed layout.</summary>
    internal AlignedBuffer Weights { get; }

    /// <summary>Counts the changes of the weights.</summary>
    internal long WeightsVersion { get; private set; }

    internal ReadOnlySpan<Layer> Layers => _layers;

    internal IReadOnlyList<Parameter> PackedParameters => _parameters;

    /// <summary>The most values that a row of the input or of a layer's output has.</summary>
    internal int WidestRow => Math.Max(InputSize, _layers.Max(layer => layer.OutputSize));

    /// <summary>Makes a model with freshly drawn weights.</summary>
    /// <param name="spec">What the model is.</param>
    /// <param name="seed">Equal seeds give equal weights, on every machine.</param>
    /// <param name="initialization">How the weights are drawn.</param>
    /// <exception cref="ArgumentException">The description has no layers.</exception>
    public static SequenceModel Create(ModelSpec spec, ulong seed = 0, Initialization initialization = Initialization.GlorotOrthogonal) =>
        Create(spec, seed, initialization, InstructionSets.Best);

    internal static SequenceModel Create(ModelSpec spec, ulong seed, Initialization initialization, InstructionSet instructionSet)
    {
        Check.Defined(initialization);
        var model = new SequenceModel(spec, instructionSet);
        var draw = new WeightDrawer(new RandomNumbers(seed), model.Weights.Span);
        foreach (Layer layer in model._layers) layer.Initialize(draw, initialization == Initialization.PyTorch);
        model.WeightsChanged();
        return model;
    }

    /// <summary>Makes the memory of <paramref name="batchSize"/> streams that run side by side, all zero.</summary>
    /// <param name="batchSize">Streams (B), at least 1.</param>
    /// <param name="threads">
    /// Threads that share each Step and Run, 1 to 64: the caller and <paramref name="threads"/> − 1 that the state starts here and ends
    /// when it is disposed.
    /// </param>
    /// <remarks>
    /// The results are the same bits however many threads there are. A second thread pays from about 64 units (one stream) or 32 units
    /// (a batch of 32) on; smaller layers are run by the caller alone. The threads spin for at most 0.2 ms after the last work and then
    /// sleep; waking them takes some microseconds, so they serve steps in close succession, long runs and batches, not a single small
    /// step every few milliseconds. Where they keep the caller waiting, because the other cores are busy, the caller goes on alone and
    /// asks again later. Nothing is allocated, and no lock is taken but to wake a thread that sleeps.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="batchSize"/> is below 1, or more than one buffer can hold; <paramref name="threads"/> is not 1 to 64.
    /// </exception>
    public StreamState CreateState(int batchSize = 1, int threads = 1) => CreateState(batchSize, threads, CrewPolicy.Default);

    internal StreamState CreateState(int batchSize, int threads, CrewPolicy policy)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Check.Positive(batchSize);
        Check.Threads(threads);
        int most = Array.MaxLength / WidestRow;
        return batchSize <= most
            ? new(this, batchSize, threads, policy)
            : throw new ArgumentOutOfRangeException(
                nameof(batchSize), batchSize, $"batchSize is {batchSize}; expected at most {most} with rows of up to {WidestRow} values.");
    }

    /// <summary>
    /// Copies a tensor out, in PyTorch's layout (row-major). From a smaller <see cref="WeightFormat"/> come the weights that the model
    /// runs with.
    /// </summary>
    /// <param name="name">PyTorch's name; see <see cref="Parameters"/>.</param>
    /// <param name="destination">As many values as the tensor has.</param>
    /// <exception cref="ArgumentException">No such tensor, or the wrong length.</exception>
    public void GetParameter(string name, Span<float> destination)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        Find(name, destination.Length, nameof(destination)).Unpack(Weights.Span, destination);
    }

    /// <summary>Replaces a tensor, given in PyTorch's layout (row-major). Not while another thread runs the model.</summary>
    /// <param name="name">PyTorch's name; see <see cref="Parameters"/>.</param>
    /// <param name="values">As many values as the tensor has, all finite.</param>
    /// <exception cref="ArgumentException">No such tensor, the wrong length, or a value that is not finite.</exception>
    /// <exception cref="NotSupportedException">The model was made by <see cref="ForInference"/>.</exception>
    public void SetParameter(string name, ReadOnlySpan<float> values)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ThrowIfForInference(nameof(SetParameter));
        Parameter parameter = Find(name, values.Length, nameof(values));
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i]))
                throw new ArgumentException($"{name} would get {values[i]} at index {i}; expected finite numbers.", nameof(values));
        }

        parameter.Pack(values, Weights.Span);
        WeightsChanged();
    }

    /// <summary>One time step of every stream of <paramref name="state"/>.</summary>
    /// <param name="state">The streams' memory, made by this model; moves on by one step.</param>
    /// <param name="x">[B, features].</param>
    /// <param name="y">
    /// [B, outputs], written. A layer that answers on the last step only answers here, too. May overlap <paramref name="x"/>.
    /// </param>
    /// <exception cref="ArgumentException">A wrong length, a state of another model, or a model of tokens.</exception>
    /// <exception cref="ObjectDisposedException">The model or the state is disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(StreamState state, ReadOnlySpan<float> x, Span<float> y)
    {
        int batch = CheckState(state, wantsTokens: false);
        Check.Length(x.Length, batch * InputSize, nameof(x), "batch × features");
        Check.Length(y.Length, batch * OutputSize, nameof(y), "batch × outputs");
        fixed (float* input = x)
        {
            state.Memory.Step(null, new Rows(input, InputSize), y, WeightsVersion);
        }

        KeepAlive(state);
    }

    /// <summary>One time step of every stream of <paramref name="state"/>, from token ids.</summary>
    /// <param name="state">The streams' memory, made by this model; moves on by one step.</param>
    /// <param name="tokens">[B] ids, 0 to vocabulary − 1.</param>
    /// <param name="y">[B, outputs], written.</param>
    /// <inheritdoc cref="Step(StreamState, ReadOnlySpan{float}, Span{float})" path="/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(StreamState state, ReadOnlySpan<int> tokens, Span<float> y)
    {
        int batch = CheckState(state, wantsTokens: true);
        Check.Length(tokens.Length, batch, nameof(tokens), "batch");
        Check.Length(y.Length, batch * OutputSize, nameof(y), "batch × outputs");
        CheckTokens(tokens);
        fixed (int* ids = tokens)
        {
            state.Memory.Step(ids, default, y, WeightsVersion);
        }

        KeepAlive(state);
    }

    /// <summary>
    /// Does what the next Step can do before its input is there, so that from input to answer less is left. The answer is the same to the bit.
    /// </summary>
    /// <remarks>
    /// To be called when an answer is out and the host would wait for the next input. It makes the sums over the hidden state, which with few inputs
    /// are nearly all of a step: an LSTM of 256 units and one input then answers in a fifteenth of the time, one of 64 in a third. With as many
    /// inputs as units it saves up to half; a reset-before GRU leaves its candidate's sum to the step; below 32 units little is gained. Both calls
    /// together take about as long as a Step alone, so a host that never waits does without. Whatever comes instead of that Step is right as
    /// well: Run, Reset, a state set or restored, and changed weights make what was prepared forgotten. Allocates nothing.
    /// </remarks>
    /// <param name="state">The streams' memory, made by this model; does not move.</param>
    /// <exception cref="ArgumentException">A state of another model.</exception>
    /// <exception cref="ObjectDisposedException">The model or the state is disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Prepare(StreamState state)
    {
        _ = CheckState(state, _takesTokens);
        state.Memory.Prepare(WeightsVersion);
        KeepAlive(state);
    }

    /// <summary>T time steps of every stream at once: the same bits as T calls of Step, in less time.</summary>
    /// <param name="state">The streams' memory, made by this model; moves on by T steps.</param>
    /// <param name="x">[T, B, features]; T follows from the length. T = 0 changes nothing.</param>
    /// <param name="y">
    /// [T, B, outputs], written; [B, outputs] if the model answers on the last step only (empty for T = 0). May begin where
    /// <paramref name="x"/> does if there are no more outputs than features; must not overlap it otherwise.
    /// </param>
    /// <exception cref="ArgumentException">A wrong length, an overlap, a state of another model, or a model of tokens.</exception>
    /// <exception cref="ObjectDisposedException">The model or the state is disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(StreamState state, ReadOnlySpan<float> x, Span<float> y)
    {
        int batch = CheckState(state, wantsTokens: false);
        int steps = StepsOf(x.Length, batch * InputSize, nameof(x), "batch × features");
        CheckOutput(y.Length, steps, batch);
        CheckOverlap(x, y);
        fixed (float* input = x)
        {
            state.Memory.Run(steps, null, new Rows(input, InputSize), y);
        }

        KeepAlive(state);
    }

    /// <summary>T time steps of every stream at once, from token ids.</summary>
    /// <param name="state">The streams' memory, made by this model; moves on by T steps.</param>
    /// <param name="tokens">[T, B] ids, 0 to vocabulary − 1; T follows from the length. T = 0 changes nothing.</param>
    /// <param name="y">[T, B, outputs], written; [B, outputs] if the model answers on the last step only (empty for T = 0).</param>
    /// <inheritdoc cref="Run(StreamState, ReadOnlySpan{float}, Span{float})" path="/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(StreamState state, ReadOnlySpan<int> tokens, Span<float> y)
    {
        int batch = CheckState(state, wantsTokens: true);
        int steps = StepsOf(tokens.Length, batch, nameof(tokens), "batch");
        CheckOutput(y.Length, steps, batch);
        CheckTokens(tokens);
        fixed (int* ids = tokens)
        {
            state.Memory.Run(steps, ids, default, y);
        }

        KeepAlive(state);
    }

    /// <summary>Refuses further use. The memory is freed once no state or trainer refers to it.</summary>
    public void Dispose() => _disposed = true;

    /// <summary>To be called after the weights were written.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void WeightsChanged()
    {
        foreach (Layer layer in _layers) layer.Refresh();
        WeightsVersion++;
        GC.KeepAlive(this);
    }

    /// <summary>Brings back weights, packed, and the count of their changes.</summary>
    internal void PutBack(ReadOnlySpan<float> weights, long version)
    {
        weights.CopyTo(Weights.Span);
        WeightsChanged();
        WeightsVersion = version;
    }

    internal void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(_disposed, this);

    internal Parameter Find(string name, int length, string spanName)
    {
        ArgumentNullException.ThrowIfNull(name);
        foreach (Parameter parameter in _parameters)
        {
            if (parameter.Name != name) continue;
            return length == parameter.Count
                ? parameter
                : throw new ArgumentException(
                    $"{spanName} has {length} values; expected {parameter.Count} ({name} is [{string.Join(", ", parameter.Shape)}]).", spanName);
        }

        throw new ArgumentException(
            $"the model has no tensor \"{name}\"; it has {string.Join(", ", _parameters.Select(p => p.Name))}.", nameof(name));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void CheckTokens(ReadOnlySpan<int> tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if ((uint)tokens[i] >= (uint)Spec.Vocabulary)
                throw new ArgumentException($"tokens has id {tokens[i]} at index {i}; expected 0 to {Spec.Vocabulary - 1}.", nameof(tokens));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int CheckState(StreamState state, bool wantsTokens)
    {
        if (_disposed || state is null || state.IsDisposed || state.Model != this || _takesTokens != wantsTokens) ThrowState(state, wantsTokens);
        return state!.BatchSize;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowState(StreamState? state, bool wantsTokens)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(state);
        ObjectDisposedException.ThrowIf(state.IsDisposed, state);
        if (state.Model != this) throw new ArgumentException("the state was made by another model; expected one from this model's CreateState.", nameof(state));
        throw wantsTokens
            ? new ArgumentException($"token ids came; this model takes {Spec.Features} numeric features per step (1f is a number, 1 an id).", "tokens")
            : new ArgumentException("numbers came; this model takes token ids.", "x");
    }

    // They hold the memory that the kernels' pointers point into.
    private void KeepAlive(StreamState state)
    {
        GC.KeepAlive(this);
        GC.KeepAlive(state);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int StepsOf(int length, int perStep, string name, string meaning) => length % perStep == 0
        ? length / perStep
        : throw new ArgumentException($"{name} has {length} values; expected a multiple of {perStep} ({meaning}).", name);

    // Outputs are written a block of steps at a time, while later inputs are still to be read. From the same start on, and no wider,
    // they only ever reach inputs that were read.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CheckOverlap(ReadOnlySpan<float> x, Span<float> y)
    {
        bool inPlace = _lastStepOnly || OutputSize <= InputSize;
        nint bytes = Unsafe.ByteOffset(ref MemoryMarshal.GetReference(x), ref MemoryMarshal.GetReference(y));
        bool overlap = bytes < 0 ? -bytes < (nint)y.Length * sizeof(float) : bytes < (nint)x.Length * sizeof(float);
        if (overlap && !(inPlace && (bytes == 0 || _lastStepOnly)))
        {
            nint offset = bytes / sizeof(float);
            throw new ArgumentException(
                $"y overlaps x, {offset} values on; expected other memory, or the same start with no more outputs than features.", nameof(y));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CheckOutput(int length, int steps, int batch)
    {
        long expected = _lastStepOnly ? (steps == 0 ? 0 : (long)batch * OutputSize) : (long)steps * batch * OutputSize;
        if (length != expected)
        {
            string meaning = _lastStepOnly ? "batch × outputs, the answer on the last step" : "steps × batch × outputs";
            throw new ArgumentException($"y has {length} values; expected {expected} ({meaning}).", "y");
        }
    }
}
