using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layers;
using Engine.Layout;
using Engine.Memory;

namespace Engine.Training;

/// <summary>The buffers of a <see cref="Tape"/>, planned once, and the passes of the layers over them.</summary>
/// <remarks>
/// For the steps of one segment: per layer and row the output, per recurrent layer the gates, which the backward pass turns into their
/// gradients in place, and an LSTM's cell. The gradients that go from layer to layer have a window of a part's steps only. Beside the
/// segment, the states at the ends of all segments.
/// </remarks>
internal sealed unsafe class TapeMemory
{
    // Half of a usual L2 cache; the rest is for the weights and their gradients. Less would do for one thread, but threads meet after every
    // product of a part.
    private const int CachedFloats = 1 << 17;

    private readonly Layer[] _layers;
    private readonly TimeSegments _segments;
    private readonly int _batch;
    private readonly int _inputStride;
    private readonly bool _takesTokens;
    private readonly bool _wantsInputGradient;
    private readonly AlignedBuffer _memory;
    private readonly AlignedBuffer _transposed;
    private readonly AlignedBuffer _inputGradient;
    private readonly int[] _tokens;

    /// <inheritdoc cref="Tape(Layer[], TimeSegments, int, bool, bool, AlignedBuffer, Engine.Threads.Crew?)" path="/param"/>
    public TapeMemory(Layer[] layers, TimeSegments segments, int batch, bool takesTokens, bool wantsInputGradient, AlignedBuffer gradients)
    {
        _layers = layers;
        _segments = segments;
        _batch = batch;
        PartSteps = Math.Min(segments.Longest, CachedSteps(layers, batch));
        _takesTokens = takesTokens;
        _wantsInputGradient = wantsInputGradient;
        _inputStride = takesTokens ? 0 : Sizes.RowStride(layers[0].InputSize);
        _inputGradient = new(wantsInputGradient ? (long)segments.Total * batch * layers[0].InputSize : 0);
        InputGradient = wantsInputGradient ? new(_inputGradient.Pointer, layers[0].InputSize) : default;
        _tokens = GC.AllocateArray<int>(takesTokens ? checked(segments.Total * batch) : 0, pinned: true);
        Tokens = takesTokens ? (int*)Unsafe.AsPointer(ref _tokens[0]) : null;
        Forward = new ForwardPass[layers.Length];
        Backward = new BackwardPass[layers.Length];
        Hidden = new Rows[layers.Length];
        Cell = new Rows[layers.Length];

        // The same walk twice: first to measure, then to hand out.
        var measure = default(Planner);
        Plan(ref measure);
        if (measure.Length > AlignedBuffer.LargestLength)
        {
            throw new ArgumentException(
                $"{segments.Longest} time steps of {batch} rows need a tape of {measure.Length} floats; one buffer holds "
                + $"{AlignedBuffer.LargestLength}. TrainerOptions.SegmentLength keeps fewer steps.");
        }

        _memory = new(measure.Length);
        var handOut = new Planner(_memory.Pointer);
        Plan(ref handOut);

        _transposed = new(Enumerable.Range(0, layers.Length).Sum(i => layers[i].TransposedLength(WantsInputGradient(i))));
        float* transposed = _transposed.Pointer;
        for (int i = 0; i < layers.Length; i++)
        {
            Backward[i].Gradients = gradients.Pointer;
            Backward[i].Transposed = transposed;
            transposed += layers[i].TransposedLength(WantsInputGradient(i));
        }
    }

    /// <summary>Steps of a part, over which all layers go before any of them goes on.</summary>
    public int PartSteps { get; }

    /// <summary>The pass of every layer over one segment.</summary>
    public ForwardPass[] Forward { get; }

    /// <summary>The way back of every layer.</summary>
    public BackwardPass[] Backward { get; }

    /// <summary>[segments + 1, B] per recurrent layer: its hidden states where the segments begin, and at the end.</summary>
    public Rows[] Hidden { get; }

    /// <summary>The same of an LSTM's cells.</summary>
    public Rows[] Cell { get; }

    /// <summary>[steps of a segment · B, padded input]; empty where the input is ids.</summary>
    public Rows Input { get; private set; }

    /// <summary>[T·B, input], tight: its gradient over all segments; empty if nobody wants it.</summary>
    public Rows InputGradient { get; }

    public Span<float> InputGradientSpan => _inputGradient.Span;

    /// <summary>[a part's steps · B, padded input]: where a part's rows of it are made first, as kernels write the padding, too; empty where rows have none.</summary>
    public Rows InputGradientWindow { get; private set; }

    /// <summary>[T·B] ids, or null.</summary>
    public int* Tokens { get; }

    public Span<int> TokenSpan => _tokens;

    /// <summary>Bytes of all buffers.</summary>
    public long Bytes => (((long)_memory.Length + _transposed.Length + _inputGradient.Length) * sizeof(float)) + ((long)_tokens.Length * sizeof(int));

    // Recurrent layers go over their gates several times, while they are still in the cache: as many rows as fit for all of them. But every
    // part reads the weights and adds to their gradients once, so for none may its rows be less than half as large as its weights.
    private static int CachedSteps(Layer[] layers, int batch)
    {
        long rows = long.MaxValue;
        long least = 1;
        foreach (Layer layer in layers)
        {
            int row = Sizes.RowStride(layer.IsRecurrent ? layer.GateColumns : layer.OutputSize);
            if (layer.IsRecurrent) rows = Math.Min(rows, CachedFloats / row);
            least = Math.Max(least, layer.Work / 2 / row);
        }

        return (int)Math.Min(int.MaxValue, ((Math.Max(rows, least) - 1) / batch) + 1);
    }

    private bool WantsInputGradient(int layer) => layer > 0 || _wantsInputGradient;

    private int OutputRows(Layer layer) => layer.LastStepOnly ? _batch : _segments.Longest * _batch;

    private void Plan(ref Planner planner)
    {
        int rows = _segments.Longest * _batch;
        // Used for one step of one layer at a time.
        int sums = _layers.Max(layer => layer.IsRecurrent ? Sizes.RowStride(layer.HiddenSumColumns) : 0);
        Rows hiddenSums = planner.Take(Math.Max(2, _batch), sums);
        Input = _takesTokens ? default : planner.Take(rows, _inputStride);
        bool hasWindow = _wantsInputGradient && _layers[0].InputSize % Sizes.Block != 0;
        InputGradientWindow = hasWindow ? planner.Take(PartSteps * _batch, _inputStride) : default;
        Rows from = Input;
        Rows fromGradient = InputGradient;
        for (int i = 0; i < _layers.Length; i++)
        {
            Layer layer = _layers[i];
            Forward[i] = PlanForward(ref planner, layer, from);
            Forward[i].HiddenSums = hiddenSums;
            if (i == 0) Forward[i].Tokens = Tokens;
            Backward[i] = PlanBackward(ref planner, layer);
            // A window of a part's steps, and one more for every layer up to the one above, which is so much further on.
            Backward[i].OutputGradient = planner.Take(layer.LastStepOnly ? _batch : (PartSteps + i + 1) * _batch, layer.OutputStride);
            Backward[i].InputGradient = fromGradient;
            from = Forward[i].Output;
            fromGradient = Backward[i].OutputGradient;
            if (layer.IsRecurrent) Hidden[i] = planner.Take((_segments.Count + 1) * _batch, layer.OutputStride);
            if (layer.HasCell) Cell[i] = planner.Take((_segments.Count + 1) * _batch, layer.OutputStride);
        }
    }

    private ForwardPass PlanForward(ref Planner planner, Layer layer, Rows input)
    {
        int rows = _segments.Longest * _batch;
        var forward = new ForwardPass { Batch = _batch, Input = input, Output = planner.Take(OutputRows(layer), layer.OutputStride) };
        if (layer.GateColumns > 0) forward.Gates = planner.Take(rows, Sizes.RowStride(layer.GateColumns));
        if (layer.HasCell)
        {
            forward.CellOut = planner.Take(rows, layer.OutputStride);
            forward.CellStep = (nint)_batch * layer.OutputStride;
        }

        return forward;
    }

    private BackwardPass PlanBackward(ref Planner planner, Layer layer)
    {
        int stride = layer.OutputStride;
        var backward = default(BackwardPass);
        if (layer.IsRecurrent) backward.HiddenGradient = planner.Take(_batch, stride);
        if (layer.HasCell) backward.CellGradient = planner.Take(_batch, stride);
        if (!layer.IsRecurrent || _segments.Count == 1) return backward;

        backward.Border.Gates = planner.Take(_batch, Sizes.RowStride(layer.GateColumns));
        backward.Border.Hidden = planner.Take(_batch, stride);
        backward.Border.HiddenGradient = planner.Take(_batch, stride);
        if (!layer.HasCell) return backward;

        backward.Border.Cell = planner.Take(_batch, stride);
        backward.Border.CellGradient = planner.Take(_batch, stride);
        return backward;
    }

    // Hands out rows from one buffer, or only counts them.
    private struct Planner(float* start)
    {
        private readonly float* _start = start;

        public long Length { get; private set; }

        public Rows Take(int rows, int stride) => new(Take((long)rows * stride), stride);

        public float* Take(long floats)
        {
            float* taken = _start + Length;
            Length += floats;
            return taken;
        }
    }
}
