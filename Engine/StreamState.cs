using Engine.Interop;
using Engine.Kernels;
using Engine.Layers;
using Engine.Threads;

namespace Engine;

/// <summary>
/// The memory of B streams that run side by side: hidden states, cells, and scratch. Belongs to one model; used
/// by one thread at a time.
/// </summary>
public sealed class StreamState : IDisposable
{
    private StreamStatePool? _lender;

    internal StreamState(SequenceModel model, int batchSize, int threads, CrewPolicy? policy)
    {
        Model = model;
        BatchSize = batchSize;
        Crew = threads > 1 ? new(threads, policy ?? CrewPolicy.Default) : null;
        Memory = new(model.Layers.ToArray(), batchSize, Crew);
        SnapshotLength = ComputeSnapshotLength();
        Crew?.Start();
    }

    /// <summary>The model it belongs to.</summary>
    public SequenceModel Model { get; }

    /// <summary>Streams (B).</summary>
    public int BatchSize { get; }

    /// <summary>Threads that run a step: the caller, and one less of its own. See <see cref="SequenceModel.CreateState(int, int)"/>.</summary>
    public int Threads => Crew?.Threads ?? 1;

    /// <summary>Recurrent layers of the model; the index of the methods below counts only those.</summary>
    public int RecurrentLayerCount => Memory.Recurrent.Length;

    /// <summary>
    /// Values a snapshot has: per recurrent layer the hidden states [B, hidden], then, for an LSTM, the cells [B, hidden].
    /// </summary>
    public int SnapshotLength { get; }

    internal bool IsDisposed { get; private set; }

    /// <summary>Back to the beginning: all zero, every stream.</summary>
    public void Reset()
    {
        ThrowIfDisposed();
        Memory.Clear();
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
            Values(HiddenToWrite(i), row, i).Clear();
            if (HasCell(i)) Values(Cell(i), row, i).Clear();
        }

        GC.KeepAlive(this);
    }

    /// <summary>
    /// Runs Step, alone and after <see cref="SequenceModel.Prepare"/>, and Run over a few lengths of zeros, so that later calls meet compiled code and memory that was touched before. The streams stay
    /// where they are, to the bit.
    /// </summary>
    /// <remarks>
    /// To be called once, before the first call whose time matters; without it that call waits for the JIT, some 6 to 17 ms. The code
    /// serves every state of models with the same kinds of layers, sizes, weight format and batch size. It costs that time and about 30
    /// time steps, and allocates memory that it lets go of.
    /// </remarks>
    public void Warmup()
    {
        ThrowIfDisposed();
        float[] streams = new float[SnapshotLength];
        long widest = (long)BatchSize * Math.Max(Model.InputSize, Model.OutputSize);
        int longest = (int)Math.Clamp(Array.MaxLength / widest, 1, Memory.WarmupSteps);
        float[] x = new float[longest * BatchSize * Model.InputSize];
        int[] tokens = new int[longest * BatchSize];
        float[] y = new float[longest * BatchSize * Model.OutputSize];
        Save(streams);
        for (int steps = 1; steps <= longest; steps++)
        {
            int rows = steps * BatchSize;
            Span<float> answer = y.AsSpan(0, (Model.Spec.LastStepOnly ? BatchSize : rows) * Model.OutputSize);
            if (Model.Spec.TakesTokens) Model.Run(this, tokens.AsSpan(0, rows), answer);
            else Model.Run(this, x.AsSpan(0, rows * Model.InputSize), answer);
        }

        Span<float> one = y.AsSpan(0, BatchSize * Model.OutputSize);
        foreach (bool prepared in (ReadOnlySpan<bool>)[true, false])
        {
            if (prepared) Model.Prepare(this);
            if (Model.Spec.TakesTokens) Model.Step(this, tokens.AsSpan(0, BatchSize), one);
            else Model.Step(this, x.AsSpan(0, BatchSize * Model.InputSize), one);
        }

        Restore(streams);
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

        Memory.CopyTo(other.Memory);
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
            CopyIn(snapshot[..size], HiddenToWrite(i), i);
            snapshot = snapshot[size..];
            if (!HasCell(i)) continue;
            CopyIn(snapshot[..size], Cell(i), i);
            snapshot = snapshot[size..];
        }
    }

    /// <summary>Writes all streams to a safetensors file: <c>h_l0</c> [B, hidden], for an LSTM <c>c_l0</c>, and so on.</summary>
    /// <param name="path">The file; an old one is replaced once the new one is complete.</param>
    /// <exception cref="InvalidOperationException">A value is not finite, so the file could not be restored.</exception>
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
        CopyIn(h, HiddenToWrite(layer), layer);
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

    /// <summary>Refuses further use, and ends the threads.</summary>
    public void Dispose()
    {
        IsDisposed = true;
        Crew?.Dispose();
    }

    /// <summary>Who shares the work; null for the caller alone.</summary>
    internal Crew? Crew { get; }

    /// <summary>The buffers, for the model to run over.</summary>
    internal StreamMemory Memory { get; }

    /// <summary>Notes the pool that lends this state.</summary>
    internal void LentBy(StreamStatePool pool) => _lender = pool;

    /// <summary>The newest hidden states of a recurrent layer.</summary>
    internal Rows Hidden(int layer) => Memory.Hidden(IndexOf(layer));

    /// <summary>The same for writing.</summary>
    internal Rows HiddenToWrite(int layer) => Memory.HiddenToWrite(IndexOf(layer));

    /// <summary>The cells of an LSTM layer.</summary>
    internal Rows Cell(int layer) => Memory.Cell(IndexOf(layer));

    /// <summary>Whether <paramref name="pool"/> had lent this state, and gets it back with this call and no other.</summary>
    internal bool GiveBack(StreamStatePool pool) => Interlocked.CompareExchange(ref _lender, null, pool) == pool;

    /// <summary>The place among all layers of a recurrent one.</summary>
    internal int IndexOf(int layer)
    {
        if ((uint)layer >= (uint)RecurrentLayerCount)
            throw new ArgumentOutOfRangeException(nameof(layer), layer, $"layer is {layer}; the model has {RecurrentLayerCount} recurrent layers.");

        return Memory.Recurrent[layer];
    }

    private void CopyOut(Rows rows, int layer, Span<float> values)
    {
        rows.CopyTo(values, HiddenSize(layer));
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
}
