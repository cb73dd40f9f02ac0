using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>
/// The buffers of B streams that run side by side through a stack of layers, and the running: one step, or a block of steps at a time.
/// Made once; nothing is allocated afterwards.
/// </summary>
internal sealed unsafe partial class StreamMemory
{
    // Rows that Run works on at once: enough for the input's product to run at full rate, few enough to keep a stream small.
    private const int BlockRows = 24;

    // With many streams a row more costs little beside them, and all weights of the input are read once per block: where they are larger than
    // the second cache, two steps instead of one take 4 to 20 % less time.
    private const int ManyStreams = 8;
    private const int BlockRowsOfMany = 64;
    private const int LeastBlockSteps = 2;

    /// <summary>
    /// Runs of 1 to so many steps meet all code that any run does: products are cut into tiles of like height, of which all but the last ask for rows
    /// ahead; two tiles of any height are in it, and more rows only bring heights again; longer runs than a block only bring blocks.
    /// </summary>
    public int WarmupSteps => Math.Min((2 * MatrixProduct.TileRows) - 1, _blockSteps);

    private readonly Layer[] _layers;
    private readonly int[] _recurrent;
    private readonly LayerMemory[] _memory;
    private readonly AlignedBuffer _states;
    private readonly AlignedBuffer _workspace;
    private readonly int _batch;
    private readonly int _blockSteps;
    private readonly float* _gates;
    private readonly float* _evenActivations;
    private readonly float* _oddActivations;
    private readonly float* _scratch;
    private readonly PlannedStep[] _stepFrom0;
    private readonly PlannedStep[] _stepFrom1;
    private readonly PlannedStep[] _preparedFrom0;
    private readonly PlannedStep[] _preparedFrom1;
    private readonly Crew? _crew;
    private readonly long _work;
    private readonly bool _sharesRows;
    private readonly bool _lastStepOnly;
    private readonly int _outputSize;
    private readonly int _gateStride;
    private readonly int _activationStride;

    // Which of the two hidden buffers is the newest; a step reads one and writes the other.
    private int _newest;

    // The version of the weights for which the next step was prepared; 0 if it was not.
    private long _preparedFor;

    public StreamMemory(Layer[] layers, int batch, Crew? crew = null)
    {
        _crew = crew;
        _work = layers.Sum(layer => layer.Work);
        _layers = layers;
        _lastStepOnly = layers[^1].LastStepOnly;
        _outputSize = layers[^1].OutputSize;
        _batch = batch;
        _sharesRows = crew is not null && layers.All(layer => layer.ScratchLength(batch) == 0) && SharedRows.Pay(batch, 1, _work, crew);
        _blockSteps = BlockSteps();
        _recurrent = [.. Enumerable.Range(0, layers.Length).Where(i => layers[i].IsRecurrent)];
        _memory = new LayerMemory[layers.Length];

        long rows = (long)_blockSteps * batch;
        int gates = layers.Max(layer => Sizes.RowStride(layer.GateColumns));
        int activations = layers.Max(layer => layer.OutputStride);
        long states = layers.Sum(layer => StatesOf(layer) * (long)batch * layer.OutputStride);
        long sums = _recurrent.Sum(i => SumRows(batch) * Sizes.RowStride(layers[i].HiddenSumColumns));
        long scratch = layers.Max(layer => layer.ScratchLength(rows));
        long workspace = (rows * (gates + (2L * activations))) + sums + scratch;
        if (Math.Max(states, workspace) > AlignedBuffer.LargestLength)
        {
            throw new ArgumentOutOfRangeException(
                "batchSize", batch,
                $"a batch of {batch} needs {Math.Max(states, workspace)} floats side by side; one buffer holds {AlignedBuffer.LargestLength}.");
        }

        // Shared rows go through the layers each at its own pace, so a row has to lie at the same place for all layers.
        _gateStride = crew is null ? 0 : gates;
        _activationStride = crew is null ? 0 : activations;

        _states = new(states);
        float* next = _states.Pointer;
        foreach (int i in _recurrent)
        {
            int stride = layers[i].OutputStride;
            nint size = (nint)batch * stride;
            _memory[i] = new LayerMemory
            {
                Hidden0 = new(next, stride),
                Hidden1 = new(next + size, stride),
                Cell = layers[i].HasCell ? new(next + (2 * size), stride) : default,
            };
            next += StatesOf(layers[i]) * size;
        }

        _workspace = new(workspace);
        _gates = _workspace.Pointer;
        _evenActivations = _gates + (rows * gates);
        _oddActivations = _evenActivations + (rows * activations);
        next = _oddActivations + (rows * activations);
        foreach (int i in _recurrent)
        {
            int stride = Sizes.RowStride(layers[i].HiddenSumColumns);
            _memory[i].HiddenSums = new(next, stride);
            next += SumRows(batch) * stride;
        }

        _scratch = next;

        _stepFrom0 = PlanStep(0, prepared: false);
        _stepFrom1 = PlanStep(1, prepared: false);
        _preparedFrom0 = PlanStep(0, prepared: true);
        _preparedFrom1 = PlanStep(1, prepared: true);
    }

    /// <summary>The places of the recurrent layers among all layers.</summary>
    public ReadOnlySpan<int> Recurrent => _recurrent;

    /// <summary>Bytes of states and scratch.</summary>
    public long Bytes => ((long)_states.Length + _workspace.Length) * sizeof(float);

    /// <summary>The newest hidden states of layer <paramref name="i"/>, counted among all layers.</summary>
    public Rows Hidden(int i) => _memory[i].Hidden(_newest);

    /// <summary>The same for writing: what was prepared from them is forgotten.</summary>
    public Rows HiddenToWrite(int i)
    {
        ForgetPrepared();
        return Hidden(i);
    }

    /// <summary>The cells of layer <paramref name="i"/>, counted among all layers.</summary>
    public Rows Cell(int i) => _memory[i].Cell;

    public void Clear()
    {
        _states.Clear();
        _newest = 0;
        ForgetPrepared();
    }

    public void CopyTo(StreamMemory other)
    {
        _states.Span.CopyTo(other._states.Span);
        other._newest = _newest;
        other.ForgetPrepared();
    }

    /// <summary>What the next step can do before its input is there.</summary>
    /// <param name="version">The version of the weights, above 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public void Prepare(long version)
    {
        if (_preparedFor == version) return;
        PlannedStep[] plan = PlannedFrom(_newest);
        foreach (int i in _recurrent) _layers[i].Prepare(plan[i].Pass, _crew);
        _preparedFor = version;
    }

    /// <summary>One time step of all layers, over passes planned beforehand.</summary>
    /// <param name="tokens">[B] ids, or null.</param>
    /// <param name="input">[B] rows, where there are no ids.</param>
    /// <param name="y">The answer, tight rows.</param>
    /// <param name="version">The version of the weights.</param>
    // Inlined into the public call, and no more than that: what stands between two steps of a small layer keeps the second one from
    // beginning beside the first.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void Step(int* tokens, Rows input, Span<float> y, long version)
    {
        if (_sharesRows)
        {
            StepByRows(tokens, input, y, version);
            return;
        }

        PlannedStep[] plan = _preparedFor == version ? PreparedFrom(_newest) : PlannedFrom(_newest);
        if (plan[0].HasKernel)
        {
            plan[0].Operands.X = input.Data;
        }
        else
        {
            plan[0].Pass.Tokens = tokens;
            plan[0].Pass.Input = input;
        }

        ref PlannedStep last = ref plan[^1];
        fixed (float* answer = y)
        {
            bool direct = last.Answers && AreApart(input.Data, input.Stride, answer, y.Length);
            last.Operands.Answer = direct ? answer : null;
            foreach (ref PlannedStep step in plan.AsSpan())
            {
                if (!step.HasKernel) step.Layer.Forward(step.Pass, _crew);
                else if (step.IsShared) step.Layer.StepShared(step.Operands, _crew!);
                else step.Layer.StepAlone(step.Operands);
            }

            _newest = 1 - _newest;
            ForgetPrepared();
            if (direct) return;
        }

        Rows output = last.Pass.Output;
        if (_batch == 1) new ReadOnlySpan<float>(output.Data, y.Length).CopyTo(y);
        else output.CopyTo(y, _outputSize);
    }

    /// <summary>Any number of steps, a block at a time.</summary>
    /// <param name="steps">Time steps.</param>
    /// <param name="tokens">[T·B] ids, or null.</param>
    /// <param name="input">[T·B] rows, where there are no ids.</param>
    /// <param name="y">The answer, tight rows.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(int steps, int* tokens, Rows input, Span<float> y)
    {
        ForgetPrepared();
        if (_sharesRows)
        {
            RunByRows(steps, tokens, input, y);
            return;
        }

        fixed (float* answer = y)
        {
            bool direct = WritesAnswers && (tokens != null || AreApart(input.Data, steps * _batch * input.Stride, answer, y.Length));
            for (int t = 0; t < steps; t += _blockSteps)
            {
                int taken = Math.Min(_blockSteps, steps - t);
                int first = t * _batch;
                RunBlock(
                    taken, tokens == null ? null : tokens + first, tokens == null ? input.From(first) : default,
                    new Rows(answer, _outputSize).From(_lastStepOnly ? 0 : first), direct, last: t + taken == steps);
            }
        }
    }

    // Rows that threads share are one step at a time to a run, too, which is what the planned passes are for.
    private int BlockSteps() => _sharesRows ? 1 : _batch < ManyStreams ? BlockRows / _batch : Math.Max(LeastBlockSteps, BlockRowsOfMany / _batch);

    // A recurrent layer's outputs are the states that its next step reads, wherever they stand; if there is no padding among them.
    private bool WritesAnswers => _layers[^1].IsRecurrent && _outputSize % Sizes.Block == 0;

    // One stream's steps come in pairs.
    private static long SumRows(int batch) => Math.Max(2, batch);

    private void ForgetPrepared() => _preparedFor = 0;

    private static int StatesOf(Layer layer) => (layer.IsRecurrent ? 2 : 0) + (layer.HasCell ? 1 : 0);

    // A layer that answers on the last step only runs in the last block. With direct, the last layer writes the answer itself.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void RunBlock(int steps, int* tokens, Rows input, Rows answer, bool direct, bool last)
    {
        PlannedStep[] plan = PlannedFrom(_newest);
        bool answers = last || !_lastStepOnly;
        int layers = answers ? plan.Length : plan.Length - 1;
        for (int i = 0; i < layers; i++)
        {
            ForwardPass pass = plan[i].Pass;
            pass.Steps = steps;
            pass.Tokens = tokens;
            pass.Input = input;
            pass.Output = direct && i == _layers.Length - 1 ? answer : Activations(i);
            _layers[i].Forward(pass, _crew);
            Rows after = _memory[i].Hidden(1 - _newest);
            if (!after.IsEmpty) Rows.Copy(pass.Output.From((steps - 1) * _batch), after, _batch, _layers[i].OutputSize);
            input = pass.Output;
        }

        _newest = 1 - _newest;
        if (answers && !direct) Rows.Copy(input, answer, _lastStepOnly ? _batch : steps * _batch, _outputSize);
    }

    // What layer i is given: its states, and scratch. A single step's hidden state goes straight into the other buffer.
    private ForwardPass PassOf(int i, int newest, bool prepared)
    {
        Layer layer = _layers[i];
        LayerMemory memory = _memory[i];
        return new()
        {
            Steps = 1,
            Batch = _batch,
            Output = layer.IsRecurrent ? memory.Hidden(1 - newest) : Activations(i),
            Hidden = memory.Hidden(newest),
            Cell = memory.Cell,
            CellOut = memory.Cell,
            Gates = new(_gates, Math.Max(_gateStride, Sizes.RowStride(layer.GateColumns))),
            HiddenSums = memory.HiddenSums,
            Prepared = prepared,
            Scratch = _scratch,
        };
    }

    private PlannedStep[] PlannedFrom(int newest) => newest == 0 ? _stepFrom0 : _stepFrom1;

    private PlannedStep[] PreparedFrom(int newest) => newest == 0 ? _preparedFrom0 : _preparedFrom1;

    private PlannedStep[] PlanStep(int newest, bool prepared)
    {
        var plan = new PlannedStep[_layers.Length];
        for (int i = 0; i < plan.Length; i++)
        {
            ForwardPass pass = PassOf(i, newest, prepared);
            if (i > 0) pass.Input = plan[i - 1].Pass.Output;
            bool hasKernel = _batch == 1 && _layers[i].StepsAlone;
            StepOperands operands = hasKernel ? _layers[i].OperandsOf(pass) with { Reversed = newest == 1 } : default;
            plan[i] = new()
            {
                Layer = _layers[i],
                Pass = pass,
                HasKernel = hasKernel,
                IsShared = hasKernel && _crew is not null && _layers[i].SharesStep(operands, _crew),
                Answers = hasKernel && _layers[i].AnswersAlone,
                Operands = operands,
            };
        }

        return plan;
    }

    // Layers take turns with two buffers, each reading what the one before wrote.
    private Rows Activations(int i) => new((i & 1) == 0 ? _evenActivations : _oddActivations, Math.Max(_activationStride, _layers[i].OutputStride));

    // An answer over the input would be written before all of that is read.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool AreApart(float* x, nint inputs, float* y, nint outputs) => y - x >= inputs || x - y >= outputs;

    // What a layer is given for a single step: operands, where it has a kernel for one stream, which a crew may share, or else a pass.
    private struct PlannedStep
    {
        public Layer Layer;
        public bool HasKernel;
        public bool IsShared;
        public bool Answers;
        public StepOperands Operands;
        public ForwardPass Pass;
    }

    private struct LayerMemory
    {
        public Rows Hidden0;
        public Rows Hidden1;
        public Rows Cell;
        public Rows HiddenSums;

        public readonly Rows Hidden(int which) => which == 0 ? Hidden0 : Hidden1;
    }
}
