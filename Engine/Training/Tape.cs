using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layers;
using Engine.Layout;
using Engine.Memory;

namespace Engine.Training;

/// <summary>
/// What a forward pass leaves behind for the backward pass over T steps of B rows, and where the backward pass leaves its
/// gradients. Made once; nothing is allocated afterwards.
/// </summary>
/// <remarks>
/// Per recurrent layer and row: the output h, an LSTM's cell, and the gates, which the backward pass turns into their gradients in
/// place. Two more buffers of one layer's width carry the gradients from layer to layer.
/// </remarks>
internal sealed unsafe class Tape
{
    private readonly Layer[] _layers;
    private readonly ForwardPass[] _forward;
    private readonly BackwardPass[] _backward;
    private readonly AlignedBuffer _memory;
    private readonly AlignedBuffer _transposed;
    private readonly int[] _tokens;
    private readonly Rows _input;
    private readonly Rows _inputGradient;
    private readonly int _inputSize;

    /// <param name="layers">The model's layers.</param>
    /// <param name="steps">T.</param>
    /// <param name="batch">B.</param>
    /// <param name="takesTokens">Whether the input is ids.</param>
    /// <param name="wantsInputGradient">Whether the gradient of the input is computed too.</param>
    /// <param name="gradients">Flat gradients of all parameters.</param>
    public Tape(ReadOnlySpan<Layer> layers, int steps, int batch, bool takesTokens, bool wantsInputGradient, AlignedBuffer gradients)
    {
        _layers = layers.ToArray();
        _forward = new ForwardPass[_layers.Length];
        _backward = new BackwardPass[_layers.Length];
        _inputSize = takesTokens ? 0 : _layers[0].InputSize;
        _tokens = GC.AllocateArray<int>(takesTokens ? checked(steps * batch) : 1, pinned: true);
        Steps = steps;
        Batch = batch;
        Gradients = gradients;

        ZeroRow.Make();

        // The same walk twice: first to measure, then to hand out.
        var measure = default(Planner);
        Plan(ref measure, takesTokens, wantsInputGradient, out _, out _);
        if (measure.Length > AlignedBuffer.LargestLength)
        {
            throw new ArgumentException(
                $"{steps} time steps of {batch} rows need a tape of {measure.Length} floats; one buffer holds {AlignedBuffer.LargestLength}.");
        }

        _memory = new(measure.Length);
        _transposed = new(_layers.Sum(layer => layer.TransposedLength));
        var handOut = new Planner(_memory.Pointer);
        Plan(ref handOut, takesTokens, wantsInputGradient, out _input, out _inputGradient);
    }

    public int Steps { get; }

    public int Batch { get; }

    /// <summary>Rows that the model answers on.</summary>
    public int OutputRows => _layers[^1].LastStepOnly ? Batch : Steps * Batch;

    /// <summary>Flat gradients of all parameters.</summary>
    public AlignedBuffer Gradients { get; }

    private int InputRows => Steps * Batch;

    public ref readonly ForwardPass ForwardOf(int layer) => ref _forward[layer];

    public ref readonly BackwardPass BackwardOf(int layer) => ref _backward[layer];

    /// <summary>Takes the input, tight rows.</summary>
    public void SetInput(ReadOnlySpan<float> x) => Scatter(x, _inputSize, _input, InputRows);

    /// <summary>Takes the ids.</summary>
    public void SetTokens(ReadOnlySpan<int> tokens) => tokens.CopyTo(_tokens);

    /// <summary>Runs all layers and copies the answer out, tight rows.</summary>
    public void Forward(Span<float> y)
    {
        for (int i = 0; i < _layers.Length; i++) _layers[i].Forward(_forward[i]);

        Gather(_forward[^1].Output, _layers[^1].OutputSize, y, OutputRows);
    }

    /// <summary>Goes back over the recorded pass: clears the gradients and fills them anew.</summary>
    /// <param name="dy">Gradient of the answer, tight rows.</param>
    public void Backward(ReadOnlySpan<float> dy)
    {
        Gradients.Clear();
        Scatter(dy, _layers[^1].OutputSize, _backward[^1].OutputGradient, OutputRows);
        for (int i = _layers.Length - 1; i >= 0; i--)
        {
            _layers[i].Transpose(_backward[i].Transposed, inputToo: !_backward[i].InputGradient.IsEmpty);
            _layers[i].Backward(_backward[i]);
        }
    }

    /// <summary>Copies the gradient of the input out, tight rows.</summary>
    public void CopyInputGradient(Span<float> dx) => Gather(_inputGradient, _inputSize, dx, InputRows);

    private static void Scatter(ReadOnlySpan<float> tight, int columns, Rows rows, int count)
    {
        int padded = Sizes.Padded(columns);
        for (int row = 0; row < count; row++)
        {
            Span<float> target = rows.Span(row, padded);
            tight.Slice(row * columns, columns).CopyTo(target);
            target[columns..].Clear();
        }
    }

    private static void Gather(Rows rows, int columns, Span<float> tight, int count)
    {
        for (int row = 0; row < count; row++) rows.Span(row, columns).CopyTo(tight[(row * columns)..]);
    }

    private void Plan(ref Planner planner, bool takesTokens, bool wantsInputGradient, out Rows input, out Rows inputGradient)
    {
        int rows = InputRows;
        int widest = _layers.Max(layer => layer.OutputStride);
        int inputStride = takesTokens ? 0 : Sizes.RowStride(_inputSize);
        input = takesTokens ? default : planner.Take(rows, inputStride);
        inputGradient = wantsInputGradient ? planner.Take(rows, inputStride) : default;
        float* even = planner.Take(rows, widest).Data;
        float* odd = planner.Take(rows, widest).Data;

        Rows from = input;
        Rows fromGradient = inputGradient;
        float* transposed = _transposed is null ? null : _transposed.Pointer;
        for (int i = 0; i < _layers.Length; i++)
        {
            Layer layer = _layers[i];
            int stride = layer.OutputStride;
            ref ForwardPass forward = ref _forward[i];
            forward = new ForwardPass
            {
                Steps = Steps,
                Batch = Batch,
                Record = true,
                Tokens = takesTokens && i == 0 ? (int*)Unsafe.AsPointer(ref _tokens[0]) : null,
                Input = from,
                Output = planner.Take(layer.LastStepOnly ? Batch : rows, stride),
            };
            var outputGradient = new Rows((i & 1) == 0 ? even : odd, stride);
            Rows hiddenGradient = default;
            Rows cellGradient = default;
            if (layer.GateColumns > 0) forward.Gates = planner.Take(rows, Sizes.RowStride(layer.GateColumns));
            if (layer.IsRecurrent)
            {
                forward.Hidden = planner.Take(Batch, stride);
                hiddenGradient = planner.Take(Batch, stride);
            }

            if (layer.HasCell)
            {
                forward.Cell = planner.Take(Batch, stride);
                forward.CellOut = planner.Take(rows, stride);
                forward.CellStep = (nint)Batch * stride;
                cellGradient = planner.Take(Batch, stride);
            }

            _backward[i] = new BackwardPass
            {
                Forward = forward,
                OutputGradient = outputGradient,
                InputGradient = fromGradient,
                HiddenGradient = hiddenGradient,
                CellGradient = cellGradient,
                Gradients = Gradients.Pointer,
                Transposed = transposed,
            };
            transposed += layer.TransposedLength;
            from = forward.Output;
            fromGradient = outputGradient;
        }
    }

    // Hands out rows from one buffer, or only counts them.
    private struct Planner(float* start)
    {
        private readonly float* _start = start;

        public long Length { get; private set; }

        public Rows Take(int rows, int stride)
        {
            var taken = new Rows(_start + Length, stride);
            Length += (long)rows * stride;
            return taken;
        }
    }
}
