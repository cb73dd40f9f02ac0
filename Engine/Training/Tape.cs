using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layers;
using Engine.Layout;
using Engine.Memory;
using Engine.Threads;

namespace Engine.Training;

/// <summary>
/// What a forward pass leaves behind for the backward pass over T steps of B rows, and where the backward pass leaves its
/// gradients. Made once; nothing is allocated afterwards.
/// </summary>
/// <remarks>
/// The sequence is one segment, or several of which only one is on the tape at a time: the forward pass keeps the states where they
/// begin, the backward pass goes from the last to the first and computes each anew. Sums over time run from the last step to the first
/// in either case, so the bits are the same.
/// </remarks>
internal sealed unsafe class Tape
{
    private readonly Layer[] _layers;
    private readonly TimeSegments _segments;
    private readonly TapeMemory _memory;
    private readonly float[] _input;
    private readonly int _inputSize;
    private readonly int?[] _badSteps;
    private readonly Crew? _crew;
    private int _segment;

    /// <param name="layers">The model's layers.</param>
    /// <param name="segments">The T steps.</param>
    /// <param name="batch">B.</param>
    /// <param name="takesTokens">Whether the input is ids.</param>
    /// <param name="wantsInputGradient">Whether the gradient of the input is computed too.</param>
    /// <param name="gradients">Flat gradients of all parameters.</param>
    /// <param name="crew">Who shares the work; null for the caller alone.</param>
    public Tape(
        Layer[] layers, TimeSegments segments, int batch, bool takesTokens, bool wantsInputGradient, AlignedBuffer gradients, Crew? crew = null)
    {
        ZeroRow.Make();
        _crew = crew;
        _layers = layers;
        _segments = segments;
        _inputSize = takesTokens ? 0 : layers[0].InputSize;
        _memory = new(layers, segments, batch, takesTokens, wantsInputGradient, gradients);
        _input = new float[segments.Count == 1 ? 0 : checked(segments.Total * batch * _inputSize)];
        _badSteps = new int?[layers.Length];
        Batch = batch;
        Gradients = gradients;
    }

    public int SegmentCount => _segments.Count;

    /// <summary>The time step at which the segment on the tape begins.</summary>
    public int FirstStep => _segments.Start(_segment);

    /// <summary>Steps of the segment on the tape.</summary>
    public int Steps => _segments.Steps(_segment);

    public int Batch { get; }

    /// <summary>Rows that the model answers on.</summary>
    public int OutputRows => _layers[^1].LastStepOnly ? Batch : _segments.Total * Batch;

    /// <summary>Flat gradients of all parameters.</summary>
    public AlignedBuffer Gradients { get; }

    /// <summary>[T·B, input], tight: the gradient of the input; empty if nobody wants it.</summary>
    public ReadOnlySpan<float> InputGradient => _memory.InputGradientSpan;

    /// <summary>Bytes of everything that depends on T or B, and of the transposed weights.</summary>
    public long Bytes => _memory.Bytes + ((long)_input.Length * sizeof(float));

    /// <summary>A layer's pass over the segment on the tape.</summary>
    public ref readonly ForwardPass ForwardOf(int layer) => ref _memory.Forward[layer];

    /// <summary>[B, padded hidden] before the first step of all.</summary>
    public Rows InitialHidden(int layer) => _memory.Hidden[layer];

    public Rows InitialCell(int layer) => _memory.Cell[layer];

    /// <summary>[B, padded hidden] after the last step of all.</summary>
    public Rows FinalHidden(int layer) => _memory.Hidden[layer].From(_segments.Count * Batch);

    public Rows FinalCell(int layer) => _memory.Cell[layer].From(_segments.Count * Batch);

    /// <summary>The gradient of <see cref="InitialHidden"/>.</summary>
    public Rows HiddenGradient(int layer) => _memory.Backward[layer].HiddenGradient;

    public Rows CellGradient(int layer) => _memory.Backward[layer].CellGradient;

    /// <summary>The last time step at which a layer's gates had a gradient that is not finite, as far as the bias shows it.</summary>
    public int? BadStep(int layer) => _badSteps[layer];

    /// <summary>Runs all layers over ids and copies the answer out, tight rows.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<int> tokens, Span<float> y)
    {
        tokens.CopyTo(_memory.TokenSpan);
        RunAll(default, y);
    }

    /// <summary>Runs all layers over numbers, tight rows as the answer.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Forward(ReadOnlySpan<float> x, Span<float> y)
    {
        if (_segments.Count > 1) x.CopyTo(_input);
        RunAll(x, y);
    }

    /// <summary>Runs all layers over one of several segments again.</summary>
    public void Replay(int segment) => Run(segment, _input, default, record: true, _layers.Length);

    /// <summary>Goes back over the recorded pass: clears the gradients and fills them anew.</summary>
    /// <param name="dy">Gradient of the answer, tight rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Backward(ReadOnlySpan<float> dy)
    {
        Gradients.Clear();
        Array.Clear(_badSteps);
        for (int i = 0; i < _layers.Length; i++)
            _layers[i].Transpose(_memory.Backward[i].Transposed, inputToo: !_memory.Backward[i].InputGradient.IsEmpty, _crew);

        // What a layer that is not recurrent answered is not needed again, if no layer reads it.
        int needed = _layers[^1].IsRecurrent ? _layers.Length : _layers.Length - 1;
        for (int segment = _segments.Count - 1; segment >= 0; segment--)
        {
            if (segment < _segments.Count - 1) Run(segment, _input, default, record: true, needed);
            ClearStateGradients();
            GoBack(OfSegment(dy, _layers[^1].LastStepOnly, _layers[^1].OutputSize));
            for (int i = 0; i < _layers.Length; i++) _badSteps[i] ??= NonFiniteSearch.StepOfGates(this, i, _layers[i]);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Scatter(ReadOnlySpan<float> tight, int columns, Rows rows)
    {
        if (rows.Stride == columns)
        {
            tight.CopyTo(rows.Span(0, tight.Length));
            return;
        }

        int padded = Sizes.Padded(columns);
        for (int row = 0; !tight.IsEmpty; row++, tight = tight[columns..])
        {
            Span<float> target = rows.Span(row, padded);
            tight[..columns].CopyTo(target);
            target[columns..].Clear();
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunAll(ReadOnlySpan<float> x, Span<float> y)
    {
        int last = _segments.Count - 1;
        for (int segment = 0; segment <= last; segment++)
        {
            Run(segment, x, y, record: segment == last, _layers.Length);
            KeepStates();
        }
    }

    // The first layers of the model, over one segment that from now on is the one on the tape. Without y the answer is not copied out.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Run(int segment, ReadOnlySpan<float> x, Span<float> y, bool record, int layers)
    {
        _segment = segment;
        for (int i = 0; i < _layers.Length; i++)
        {
            ref ForwardPass pass = ref _memory.Forward[i];
            pass.Steps = Steps;
            pass.Record = record;
            pass.Unfinished = segment < _segments.Count - 1;
            pass.Hidden = _memory.Hidden[i].From(segment * Batch);
            pass.Cell = _memory.Cell[i].From(segment * Batch);
            if (i == 0 && _memory.Tokens != null) pass.Tokens = _memory.Tokens + (FirstStep * Batch);
            _memory.Backward[i].Forward = pass;
            _memory.Backward[i].Resumes = pass.Unfinished;
            _memory.Backward[i].Continues = segment > 0;
        }

        GoOver(OfSegment(x, lastStepOnly: false, _inputSize), OfSegment(y, _layers[^1].LastStepOnly, _layers[^1].OutputSize), layers);
    }

    // All layers go over a part of the steps before any goes on to the next one, so that each finds in the cache what the one below has left.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GoOver(ReadOnlySpan<float> x, Span<float> y, int layers)
    {
        for (int first = 0; first < Steps; first += _memory.PartSteps)
        {
            int end = Math.Min(first + _memory.PartSteps, Steps);
            if (!x.IsEmpty) Scatter(OfSteps(x, _inputSize, first, end), _inputSize, _memory.Input.From(first * Batch));
            for (int i = 0; i < layers; i++) _layers[i].Forward(_memory.Forward[i].Part(first, end - first, _layers[i].LastStepOnly), _crew);

            if (!y.IsEmpty) GiveOutput(y, first, end);
        }
    }

    // Part by part from the last to the first, which takes what is left over. A recurrent layer adds to the gradient of what it answered on
    // the step before its part, so the layer above has to be a step further on by then.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GoBack(ReadOnlySpan<float> dy)
    {
        for (int end = Steps; end > 0; end -= _memory.PartSteps)
        {
            int first = Math.Max(0, end - _memory.PartSteps);
            TakeOutputGradient(dy, first, end);
            for (int i = _layers.Length - 1; i >= 0; i--)
            {
                (int from, int to) = PartOf(i, first, end);
                if (from == to) continue;

                BackwardPass pass = _memory.Backward[i];
                pass.OutputGradient = GradientRows(i, end);
                pass.InputGradient = i > 0 ? GradientRows(i - 1, end) : InputGradientRows(first);
                _layers[i].Backward(pass.Part(from, to - from, _layers[i].LastStepOnly), _crew);
            }

            GiveInputGradient(first, end);
            for (int i = 0; i < _layers.Length; i++) MoveWindow(i, first);
        }
    }

    // The steps that a layer goes back over, one further on for each layer below it.
    private (int From, int To) PartOf(int layer, int first, int end) =>
        (first == 0 ? 0 : Math.Max(0, first - layer), end == Steps ? Steps : Math.Max(0, end - layer));

    // What the caller gives is written like what a layer above all others would.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void TakeOutputGradient(ReadOnlySpan<float> dy, int first, int end)
    {
        int top = _layers.Length - 1;
        int columns = _layers[top].OutputSize;
        if (_layers[top].LastStepOnly)
        {
            if (end == Steps) Scatter(dy, columns, _memory.Backward[top].OutputGradient);
            return;
        }

        (int from, int to) = PartOf(top + 1, first, end);
        Scatter(OfSteps(dy, columns, from, to), columns, GradientRows(top, end).From(from * Batch));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GiveOutput(Span<float> y, int first, int end)
    {
        Layer top = _layers[^1];
        Rows output = _memory.Forward[^1].Output;
        if (!top.LastStepOnly) output.From(first * Batch).CopyTo(OfSteps(y, top.OutputSize, first, end), top.OutputSize);
        else if (end == Steps) output.CopyTo(y, top.OutputSize);
    }

    // Of tight rows of a segment those of some steps.
    private Span<float> OfSteps(Span<float> tight, int columns, int first, int end) => tight[(first * Batch * columns)..(end * Batch * columns)];

    private ReadOnlySpan<float> OfSteps(ReadOnlySpan<float> tight, int columns, int first, int end) =>
        tight[(first * Batch * columns)..(end * Batch * columns)];

    // The gradient of a layer's output, row 0 that of the segment's first step; the window has those of the part that ends there.
    private Rows GradientRows(int layer, int end)
    {
        Rows window = _memory.Backward[layer].OutputGradient;
        int firstInWindow = end - _memory.PartSteps - layer - 1;
        return _layers[layer].LastStepOnly ? window : window.From(-firstInWindow * Batch);
    }

    // The same of the input's, whose gradient has no layer to read it.
    private Rows InputGradientRows(int first) =>
        _memory.InputGradientWindow.IsEmpty ? _memory.InputGradient.From(FirstStep * Batch) : _memory.InputGradientWindow.From(-first * Batch);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void GiveInputGradient(int first, int end)
    {
        if (_memory.InputGradientWindow.IsEmpty) return;
        Rows.Copy(_memory.InputGradientWindow, _memory.InputGradient.From((FirstStep + first) * Batch), (end - first) * Batch, _inputSize);
    }

    // The step before the part, which the layer above is done with and a recurrent one has added to, becomes the last of the next part.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void MoveWindow(int layer, int first)
    {
        if (_layers[layer].LastStepOnly || first <= layer) return;

        Rows window = _memory.Backward[layer].OutputGradient;
        Rows.Copy(window, window.From(_memory.PartSteps * Batch), Batch, _layers[layer].OutputStride);
    }

    // What reaches the states of a segment from the one after it comes by its border; but a cell's gradient goes on.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ClearStateGradients()
    {
        for (int i = 0; i < _layers.Length; i++)
        {
            ref readonly BackwardPass pass = ref _memory.Backward[i];
            if (_layers[i].IsRecurrent) Clear(pass.HiddenGradient, _layers[i].OutputStride);
            if (_layers[i].HasCell && !pass.Resumes) Clear(pass.CellGradient, _layers[i].OutputStride);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Clear(Rows rows, int columns)
    {
        for (int row = 0; row < Batch; row++) rows.Span(row, columns).Clear();
    }

    // The end of this segment is where the next one begins.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void KeepStates()
    {
        int last = (Steps - 1) * Batch;
        for (int i = 0; i < _layers.Length; i++)
        {
            ref readonly ForwardPass pass = ref _memory.Forward[i];
            if (_layers[i].IsRecurrent) Rows.Copy(pass.Output.From(last), pass.Hidden.From(Batch), Batch, _layers[i].OutputSize);
            if (_layers[i].HasCell) Rows.Copy(pass.CellOut.From(last), pass.Cell.From(Batch), Batch, _layers[i].OutputSize);
        }
    }

    // The part of tight rows over all steps, if there are any, that belongs to the segment on the tape. What there is of the last step only belongs to
    // the last one.
    private Span<float> OfSegment(Span<float> tight, bool lastStepOnly, int columns) =>
        tight.IsEmpty ? default
        : !lastStepOnly ? tight.Slice(FirstStep * Batch * columns, Steps * Batch * columns)
        : _segment == _segments.Count - 1 ? tight : default;

    private ReadOnlySpan<float> OfSegment(ReadOnlySpan<float> tight, bool lastStepOnly, int columns) =>
        tight.IsEmpty ? default
        : !lastStepOnly ? tight.Slice(FirstStep * Batch * columns, Steps * Batch * columns)
        : _segment == _segments.Count - 1 ? tight : default;
}
