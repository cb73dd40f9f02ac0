using Engine.Interop;
using Engine.Kernels;
using Engine.Layers;
using Engine.Layout;
using Engine.Memory;

namespace Engine;

/// <summary>
/// The memory of B streams that run side by side: hidden states, cells, and the scratch of one call. Belongs to one model; used
/// by one thread at a time.
/// </summary>
public sealed unsafe class StreamState : IDisposable
{
    // Rows that Run works on at once: enough for the input's product to run at full rate, few enough to keep a state small.
    private const int BlockRows = 24;

    private readonly LayerMemory[] _recurrent;
    private readonly AlignedBuffer _memory;
    private readonly AlignedBuffer _workspace;
    private readonly int _blockSteps;
    private readonly float* _gates;
    private readonly float* _activations0;
    private readonly float* _activations1;
    private readonly ForwardPass[] _stepsFrom0;
    private readonly ForwardPass[] _stepsFrom1;

    // Which of the two hidden buffers is the newest; a step reads one and writes the other.
    private int _newest;

    internal StreamState(SequenceModel model, int batchSize)
    {
        Model = model;
        BatchSize = batchSize;
        _blockSteps = Math.Max(1, BlockRows / batchSize);

        ReadOnlySpan<Layer> layers = model.Layers;
        long memory = 0;
        int activations = 0;
        int gates = 0;
        foreach (Layer layer in layers)
        {
            if (layer.IsRecurrent) memory += (layer.HasCell ? 3L : 2L) * batchSize * layer.OutputStride;
            activations = Math.Max(activations, layer.OutputStride);
            gates = Math.Max(gates, Sizes.RowStride(layer.GateColumns));
        }

        long rows = (long)_blockSteps * batchSize;
        _memory = new(memory);
        _workspace = new(rows * ((2L * activations) + gates));
        _gates = _workspace.Pointer;
        _activations0 = _gates + (rows * gates);
        _activations1 = _activations0 + (rows * activations);

        _recurrent = new LayerMemory[layers.Length];
        float* next = _memory.Pointer;
        for (int i = 0; i < layers.Length; i++)
        {
            if (!layers[i].IsRecurrent) continue;
            RecurrentLayerCount++;
            int stride = layers[i].OutputStride;
            nint size = (nint)batchSize * stride;
            _recurrent[i] = new LayerMemory
            {
                Hidden0 = new(next, stride),
                Hidden1 = new(next + size, stride),
                Cell = layers[i].HasCell ? new(next + (2 * size), stride) : default,
            };
            next += (layers[i].HasCell ? 3 : 2) * size;
        }

        SnapshotLength = ComputeSnapshotLength();
        _stepsFrom0 = PlanSteps(0);
        _stepsFrom1 = PlanSteps(1);
    }

    /// <summary>The model it belongs to.</summary>
    public SequenceModel Model { get; }

    /// <summary>Streams (B).</summary>
    public int BatchSize { get; }

    /// <summary>Recurrent layers of the model; the index of the methods below counts only those.</summary>
    public int RecurrentLayerCount { get; }

    /// <summary>Values a snapshot has: per recurrent layer the hidden states [B, hidden], then, for an LSTM, the cells [B, hidden].</summary>
    public int SnapshotLength { get; }

    internal bool IsDisposed { get; private set; }

    /// <summary>Back to the beginning: all zero, every stream.</summary>
    public void Reset()
    {
        ThrowIfDisposed();
        _memory.Clear();
        _newest = 0;
    }

    /// <summary>One stream back to the beginning; the others go on.</summary>
    /// <param name="row">The stream, 0 to B − 1.</param>
    public void ResetRow(int row)
    {
        ThrowIfDisposed();
        if ((uint)row >= (uint)BatchSize)
            throw new ArgumentOutOfRangeException(nameof(row), row, $"row is {row}; expected 0 to {BatchSize - 1}.");

        for (int i = 0; i < RecurrentLayerCount; i++)
        {
            Values(Hidden(i), row, i).Clear();
            if (HasCell(i)) Values(Cell(i), row, i).Clear();
        }

        GC.KeepAlive(this);
    }

    /// <summary>Copies all streams to another state of the same model and batch size.</summary>
    /// <param name="other">Where to; what it held is lost.</param>
    public void CopyTo(StreamState other)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(other);
        other.ThrowIfDisposed();
        if (other.Model != Model) throw new ArgumentException("the other state was made by another model; expected one of the same model.", nameof(other));
        if (other.BatchSize != BatchSize)
            throw new ArgumentException($"the other state has batch size {other.BatchSize}; expected {BatchSize}.", nameof(other));

        _memory.Span.CopyTo(other._memory.Span);
        other._newest = _newest;
    }

    /// <summary>Copies all streams into a snapshot, without allocating.</summary>
    /// <param name="snapshot"><see cref="SnapshotLength"/> values, laid out as stated there.</param>
    public void Save(Span<float> snapshot)
    {
        ThrowIfDisposed();
        Check.Length(snapshot.Length, SnapshotLength, nameof(snapshot), nameof(SnapshotLength));
        for (int i = 0; i < RecurrentLayerCount; i++)
        {
            int size = BatchSize * HiddenSize(i);
            CopyOut(Hidden(i), i, snapshot[..size]);
            snapshot = snapshot[size..];
            if (!HasCell(i)) continue;
            CopyOut(Cell(i), i, snapshot[..size]);
            snapshot = snapshot[size..];
        }
    }

    /// <summary>Brings back a snapshot, without allocating.</summary>
    /// <param name="snapshot">What <see cref="Save(Span{float})"/> gave.</param>
    public void Restore(ReadOnlySpan<float> snapshot)
    {
        ThrowIfDisposed();
        Check.Length(snapshot.Length, SnapshotLength, nameof(snapshot), nameof(SnapshotLength));
        for (int i = 0; i < RecurrentLayerCount; i++)
        {
            int size = BatchSize * HiddenSize(i);
            CopyIn(snapshot[..size], Hidden(i), i);
            snapshot = snapshot[size..];
            if (!HasCell(i)) continue;
            CopyIn(snapshot[..size], Cell(i), i);
            snapshot = snapshot[size..];
        }
    }

    /// <summary>Writes all streams to a safetensors file: <c>h_l0</c> [B, hidden], for an LSTM <c>c_l0</c>, and so on.</summary>
    /// <param name="path">The file; an old one is replaced once the new one is complete.</param>
    public void Save(string path)
    {
        ThrowIfDisposed();
        StateFile.Save(path, this);
    }

    /// <summary>Brings back what <see cref="Save(string)"/> wrote. A file that does not fit changes nothing.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">The file is broken, or of another shape of model or batch.</exception>
    public void Restore(string path)
    {
        ThrowIfDisposed();
        Restore(StateFile.Load(path, this));
    }

    /// <summary>Units of a recurrent layer.</summary>
    /// <param name="layer">0 to <see cref="RecurrentLayerCount"/> − 1.</param>
    public int HiddenSize(int layer) => RecurrentLayer(layer).OutputSize;

    /// <summary>Whether a recurrent layer has a cell: an LSTM.</summary>
    /// <param name="layer">0 to <see cref="RecurrentLayerCount"/> − 1.</param>
    public bool HasCell(int layer) => RecurrentLayer(layer).HasCell;

    /// <summary>Copies the hidden states of a layer out.</summary>
    /// <param name="layer">0 to <see cref="RecurrentLayerCount"/> − 1.</param>
    /// <param name="h">[B, hidden].</param>
    public void GetHidden(int layer, Span<float> h)
    {
        ThrowIfDisposed();
        Check.Length(h.Length, BatchSize * HiddenSize(layer), nameof(h), "batch × hidden");
        CopyOut(Hidden(layer), layer, h);
    }

    /// <summary>Replaces the hidden states of a layer.</summary>
    /// <param name="layer">0 to <see cref="RecurrentLayerCount"/> − 1.</param>
    /// <param name="h">[B, hidden].</param>
    public void SetHidden(int layer, ReadOnlySpan<float> h)
    {
        ThrowIfDisposed();
        Check.Length(h.Length, BatchSize * HiddenSize(layer), nameof(h), "batch × hidden");
        CopyIn(h, Hidden(layer), layer);
    }

    /// <summary>Copies the cells of an LSTM layer out.</summary>
    /// <param name="layer">0 to <see cref="RecurrentLayerCount"/> − 1.</param>
    /// <param name="c">[B, hidden].</param>
    public void GetCell(int layer, Span<float> c)
    {
        ThrowIfDisposed();
        CheckCell(layer, c.Length);
        CopyOut(Cell(layer), layer, c);
    }

    /// <summary>Replaces the cells of an LSTM layer.</summary>
    /// <param name="layer">0 to <see cref="RecurrentLayerCount"/> − 1.</param>
    /// <param name="c">[B, hidden].</param>
    public void SetCell(int layer, ReadOnlySpan<float> c)
    {
        ThrowIfDisposed();
        CheckCell(layer, c.Length);
        CopyIn(c, Cell(layer), layer);
    }

    /// <summary>Refuses further use.</summary>
    public void Dispose() => IsDisposed = true;

    /// <summary>The newest hidden states of a recurrent layer.</summary>
    internal Rows Hidden(int layer) => _recurrent[IndexOf(layer)].Hidden(_newest);

    /// <summary>The cells of an LSTM layer.</summary>
    internal Rows Cell(int layer) => _recurrent[IndexOf(layer)].Cell;

    /// <summary>One time step of all layers, over passes planned beforehand, and the answer.</summary>
    /// <param name="tokens">[B] ids, or null.</param>
    /// <param name="input">[B] rows.</param>
    /// <param name="y">The answer, tight rows.</param>
    internal void Step(int* tokens, Rows input, Span<float> y)
    {
        ForwardPass[] passes = _newest == 0 ? _stepsFrom0 : _stepsFrom1;
        passes[0].Tokens = tokens;
        passes[0].Input = input;
        ReadOnlySpan<Layer> layers = Model.Layers;
        for (int i = 0; i < layers.Length; i++) layers[i].Forward(passes[i]);

        _newest = 1 - _newest;
        Answer(passes[layers.Length - 1].Output, y);
    }

    /// <summary>Runs any number of steps, a block at a time.</summary>
    /// <param name="steps">Time steps.</param>
    /// <param name="tokens">[T·B] ids, or null.</param>
    /// <param name="input">[T·B] rows.</param>
    /// <param name="y">The answer, tight rows.</param>
    internal void Run(int steps, int* tokens, Rows input, Span<float> y)
    {
        bool lastOnly = Model.Spec.LastStepOnly;
        for (int t = 0; t < steps; t += _blockSteps)
        {
            int taken = Math.Min(_blockSteps, steps - t);
            int first = t * BatchSize;
            int perStep = BatchSize * Model.OutputSize;
            bool last = t + taken == steps;
            Advance(
                taken, tokens == null ? null : tokens + first, tokens == null ? input.From(first) : default,
                lastOnly ? y : y.Slice(t * perStep, taken * perStep), answer: last);
        }
    }

    // All layers over the steps of one block. A layer that answers on the last step only runs in the last block.
    private void Advance(int steps, int* tokens, Rows input, Span<float> y, bool answer)
    {
        ReadOnlySpan<Layer> layers = Model.Layers;
        for (int i = 0; i < layers.Length; i++)
        {
            Layer layer = layers[i];
            if (layer.LastStepOnly && !answer) break;

            ForwardPass pass = Pass(i, steps, _newest);
            pass.Tokens = tokens;
            pass.Input = input;
            pass.Output = Activations(i);
            layer.Forward(pass);
            if (layer.IsRecurrent)
                Rows.Copy(pass.Output.From((steps - 1) * BatchSize), _recurrent[i].Hidden(1 - _newest), BatchSize, layer.OutputSize);

            input = pass.Output;
        }

        _newest = 1 - _newest;
        if (answer || !Model.Spec.LastStepOnly) Answer(input, y);
    }

    // What layer i is given: its states, and scratch. A single step's hidden state goes straight into the other buffer.
    private ForwardPass Pass(int i, int steps, int newest)
    {
        Layer layer = Model.Layers[i];
        ref LayerMemory memory = ref _recurrent[i];
        return new()
        {
            Steps = steps,
            Batch = BatchSize,
            Output = layer.IsRecurrent ? memory.Hidden(1 - newest) : Activations(i),
            Hidden = memory.Hidden(newest),
            Cell = memory.Cell,
            CellOut = memory.Cell,
            Gates = new(_gates, Sizes.RowStride(layer.GateColumns)),
        };
    }

    private ForwardPass[] PlanSteps(int newest)
    {
        var passes = new ForwardPass[_recurrent.Length];
        for (int i = 0; i < passes.Length; i++)
        {
            passes[i] = Pass(i, 1, newest);
            if (i > 0) passes[i].Input = passes[i - 1].Output;
        }

        return passes;
    }

    // Layers take turns with two buffers, each reading what the one before wrote.
    private Rows Activations(int i) => new((i & 1) == 0 ? _activations0 : _activations1, Model.Layers[i].OutputStride);

    private void Answer(Rows output, Span<float> y)
    {
        int size = Model.OutputSize;
        for (int row = 0; !y.IsEmpty; row++, y = y[size..]) output.Span(row, size).CopyTo(y);
    }

    private void CopyOut(Rows rows, int layer, Span<float> values)
    {
        for (int row = 0; row < BatchSize; row++) Values(rows, row, layer).CopyTo(values[(row * HiddenSize(layer))..]);
        GC.KeepAlive(this);
    }

    private void CopyIn(ReadOnlySpan<float> values, Rows rows, int layer)
    {
        int size = HiddenSize(layer);
        for (int row = 0; row < BatchSize; row++) values.Slice(row * size, size).CopyTo(Values(rows, row, layer));
        GC.KeepAlive(this);
    }

    private Span<float> Values(Rows rows, int row, int layer) => rows.Span(row, HiddenSize(layer));

    private void CheckCell(int layer, int length)
    {
        if (!HasCell(layer)) throw new ArgumentException($"recurrent layer {layer} has no cell; only an LSTM has.", nameof(layer));
        Check.Length(length, BatchSize * HiddenSize(layer), "c", "batch × hidden");
    }

    private Layer RecurrentLayer(int layer) => Model.Layers[IndexOf(layer)];

    /// <summary>The place among all layers of a recurrent one.</summary>
    internal int IndexOf(int layer)
    {
        if ((uint)layer >= (uint)RecurrentLayerCount)
            throw new ArgumentOutOfRangeException(nameof(layer), layer, $"layer is {layer}; the model has {RecurrentLayerCount} recurrent layers.");

        for (int i = 0; ; i++)
        {
            if (Model.Layers[i].IsRecurrent && layer-- == 0) return i;
        }
    }

    private int ComputeSnapshotLength()
    {
        long length = 0;
        foreach (Layer layer in Model.Layers)
        {
            if (layer.IsRecurrent) length += (layer.HasCell ? 2L : 1L) * BatchSize * layer.OutputSize;
        }

        return checked((int)length);
    }

    private void ThrowIfDisposed() => ObjectDisposedException.ThrowIf(IsDisposed, this);

    private struct LayerMemory
    {
        public Rows Hidden0;
        public Rows Hidden1;
        public Rows Cell;

        public readonly Rows Hidden(int which) => which == 0 ? Hidden0 : Hidden1;
    }
}
