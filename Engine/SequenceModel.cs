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

    /// <summary>
    /// Bits of the vectors that the kernels work with: 512, 256 or 128; or 32 where the processor, or what a program was compiled ahead of time for, has no
    /// fused multiply-add. Then the same bits take 50 times as long and more. The environment's <c>ENGINE_SIMD</c> chooses a narrower one.
    /// </summary>
    public int VectorBits => InstructionSets.BitsOf(InstructionSet);

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
    /// The results are the same bits however many threads there are. A second thread pays from 64 to 200 units of an LSTM or GRU, 100 to 400 of
    /// an RNN (one stream), or 16 to 64 units (a batch of 32) on, depending on how long this machine takes to hand work from core to core: the
    /// first state or trainer with threads measures that, in about 10 ms. Smaller layers are run by the caller alone. The threads spin for at
    /// most 0.2 ms after the last work and then sleep; waking them takes some microseconds, so they serve steps in close succession, long runs
    /// and batches, not a single small step every few milliseconds. Where they keep the caller waiting, because the other cores are busy, the
    /// caller goes on alone and asks again later. Nothing is allocated, and no lock is taken but to wake a thread that sleeps.
    /// </remarks>
    /// <exception cref="ArgumentOutOfRangeException">
    /// <paramref name="batchSize"/> is below 1, or more than one buffer can hold; <paramref name="threads"/> is not 1 to 64.
    /// </exception>
    public StreamState CreateState(int batchSize = 1, int threads = 1) => CreateState(batchSize, threads, null);

    internal StreamState CreateState(int batchSize, int threads, CrewPolicy? policy)
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
}
