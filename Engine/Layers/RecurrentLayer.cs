using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>
/// What RNN, LSTM and GRU have in common: the input's product for all steps at once, then step after step the hidden state's
/// product and the cell; and the same way back. A cell says where its gates stand in a row and what one step does.
/// Every gate is two sums, one over x, which begins with the bias, and one over h, added at last: so neither has to wait for the other.
/// </summary>
internal abstract unsafe partial class RecurrentLayer<S, V> : Layer
    where S : struct, ISimd<V>
    where V : struct
{
    private readonly Parameter _weightInput;
    private readonly Parameter _weightHidden;
    private readonly Parameter _biasInput;
    private readonly Parameter _biasHidden;
    private readonly WeightMatrix<S, V> _inputMatrix;
    private readonly WeightMatrix<S, V> _hiddenMatrix;
    private readonly PanelLayout _inputTransposed;
    private readonly PanelLayout _hiddenTransposed;
    private readonly PanelLayout _biasInputLayout;
    private readonly PanelLayout _biasHiddenLayout;
    private readonly UnitRange _allUnits;
    private readonly bool _hasPanels;

    /// <param name="names">The layer's place among the PyTorch modules.</param>
    /// <param name="inputSize">Length of x.</param>
    /// <param name="hidden">Units.</param>
    /// <param name="format">How the weight matrices are kept. Only float32 can be trained.</param>
    /// <param name="inputSlots">For each of PyTorch's gates, its place among the gates of packed weight_ih.</param>
    /// <param name="hiddenSlots">The same of packed weight_hh.</param>
    /// <param name="hiddenParts">
    /// The ranges that weight_hh is multiplied in: one, and the cell has a kernel for a step of one stream, over panels; or two, of which
    /// the first meets what the last has made of h: <see cref="ChangesHidden"/>.
    /// </param>
    /// <param name="chainsPerUnit">Places of one block in a gate row: the chains a unit has. weight_hh's gates take the last ones.</param>
    protected RecurrentLayer(
        LayerName names, int inputSize, int hidden, MatrixFormat format, int[] inputSlots, int[] hiddenSlots, GateRange[] hiddenParts,
        int chainsPerUnit)
        : base(names.Display, inputSize, hidden)
    {
        int rows = checked(inputSlots.Length * hidden);
        ChainsPerUnit = chainsPerUnit;
        FirstHiddenChain = chainsPerUnit - hiddenSlots.Length;
        _allUnits = UnitRange.All(hidden);
        InputLayout = new(hidden, inputSize, inputSlots);
        HiddenLayout = new(hidden, hidden, hiddenSlots);
        Pitch = InputLayout.Gates == 1 ? InputLayout.PanelColumns : chainsPerUnit * Sizes.Block;
        _inputTransposed = PanelTranspose.LayoutOf(InputLayout);
        _hiddenTransposed = PanelTranspose.LayoutOf(HiddenLayout);
        _biasInputLayout = new(hidden, 1, inputSlots);
        _biasHiddenLayout = new(hidden, 1, hiddenSlots);
        _inputMatrix = format.Create<S, V>(InputLayout, [GateRange.All(InputLayout)]);
        _hiddenMatrix = format.Create<S, V>(HiddenLayout, hiddenParts);
        _hasPanels = _hiddenMatrix.IsPanels;
        ChangesHidden = hiddenParts.Length > 1;
        StepsInWords = _hiddenMatrix is BFloat16Matrix<S, V> { IsForSteps: true };
        StepsAlone = !ChangesHidden && (_hasPanels || StepsInWords);
        _stepsInPairs = _hasPanels && StepsAlone && HiddenLayout.Length > LeastShared;
        _weightInput = new(names.Tensor("weight_ih"), _inputMatrix.Storage, rows, inputSize);
        _weightHidden = new(names.Tensor("weight_hh"), _hiddenMatrix.Storage, rows, hidden);
        _biasInput = new(names.Tensor("bias_ih"), _biasInputLayout, rows);
        _biasHidden = new(names.Tensor("bias_hh"), _biasHiddenLayout, rows);
        Parameters = [_weightInput, _weightHidden, _biasInput, _biasHidden];
    }

    public sealed override IReadOnlyList<Parameter> Parameters { get; }

    public sealed override bool IsRecurrent => true;

    public sealed override int DerivedLength => 2 * Chains;

    public sealed override long Work => InputLayout.Length + HiddenLayout.Length;

    protected int Hidden => OutputSize;

    protected int PaddedHidden => Sizes.Padded(OutputSize);

    /// <summary>Places of one block in a gate row: the chains a unit has.</summary>
    protected int ChainsPerUnit { get; }

    /// <summary>The first place that weight_hh's gates take; weight_ih's start at 0.</summary>
    protected int FirstHiddenChain { get; }

    protected PanelLayout InputLayout { get; }

    protected PanelLayout HiddenLayout { get; }

    protected float* InputWeights => Weights + _weightInput.Offset;

    protected float* HiddenWeights => Weights + _weightHidden.Offset;

    /// <summary>[blocks][chains][16]: the biases, where the sums over x begin.</summary>
    protected float* Bias => Derived;

    /// <summary>[blocks][chains][16]: where the sums over h begin: at 0, but chains that x has no part in with their bias.</summary>
    protected float* HiddenBias => Derived + Chains;

    protected int HiddenOffset => FirstHiddenChain * Sizes.Block;

    /// <summary>Floats from one panel's gates to the next in a gate row.</summary>
    protected int Pitch { get; }

    /// <summary>Floats of the chains in a gate row.</summary>
    protected int Chains => ChainsPerUnit * PaddedHidden;

    public override int GateColumns => Chains;

    public sealed override int HiddenSumColumns => Chains;

    public sealed override long TransposedLength(bool inputToo) => _hiddenTransposed.Length + (inputToo ? _inputTransposed.Length : 0);

    public sealed override long ScratchLength(long rows) =>
        Math.Max(_inputMatrix.ScratchLength(rows), _hiddenMatrix.ScratchLength(rows));

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Refresh()
    {
        // Both biases of a gate are added beforehand.
        new Span<float>(Bias, 2 * Chains).Clear();
        AddBias(_biasInput, 0);
        AddBias(_biasHidden, HiddenOffset);
        int others = (ChainsPerUnit - InputLayout.Gates) * Sizes.Block;
        for (int end = Pitch; others > 0 && end <= Chains; end += Pitch)
            new Span<float>(Bias + end - others, others).CopyTo(new(HiddenBias + end - others, others));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Transpose(float* transposed, bool inputToo, Crew? crew = null)
    {
        PanelTranspose.Run(HiddenLayout, HiddenWeights, _hiddenTransposed, transposed, crew);
        if (inputToo) PanelTranspose.Run(InputLayout, InputWeights, _inputTransposed, InputTransposed(transposed), crew);
    }

    public sealed override void Initialize(WeightDrawer draw, bool likePyTorch)
    {
        if (likePyTorch)
        {
            double limit = 1 / Math.Sqrt(Hidden);
            foreach (Parameter parameter in Parameters) draw.Uniform(parameter, limit);
            return;
        }

        draw.Glorot(_weightInput, InputSize, Hidden);
        draw.Orthogonal(_weightHidden, Hidden);
        (int first, int count) = OpenAtFirst;
        draw.Preset(_biasInput, first, count, 1f);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Forward(in ForwardPass pass, Crew? crew = null)
    {
        if (pass.Batch == 1 && StepsAlone)
        {
            ForwardAlone(pass, crew);
            return;
        }

        // Only panels can be shared.
        if (!_hasPanels) crew = null;
        Project(pass, crew);
        if (crew is not null && SharesRows(pass, crew))
        {
            ForwardByRows(pass, crew);
            return;
        }

        if (crew is not null && SharesUnits(pass.Batch, crew))
        {
            ForwardByUnits(pass, crew);
            return;
        }

        for (int t = 0; t < pass.Steps; t++)
        {
            StepRows step = StepOf(pass, t);
            Begin(step, _allUnits);
            Finish(step, _allUnits, pass.Record);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Prepare(in ForwardPass pass, Crew? crew = null)
    {
        StepRows step = StepOf(pass, 0);
        if (crew is not null && SharesUnits(pass.Batch, crew)) PrepareShared(step, crew);
        else MultiplyHidden(step, _allUnits);
    }

    /// <summary>The values of bias_ih that begin at 1 rather than 0, so that a gate begins open.</summary>
    protected virtual (int First, int Count) OpenAtFirst => default;

    /// <summary>The sums of some units over h. The range is of whole panels.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected virtual void MultiplyHidden(in StepRows step, UnitRange units) =>
        MultiplyHidden(step, GateRange.All(HiddenLayout), units, step.HiddenBefore, HiddenOffset);

    /// <summary>
    /// Whether a gate changes h before another meets it: then <see cref="ChangeHidden"/> of all units has to be done before
    /// <see cref="MultiplyChanged"/> of any.
    /// </summary>
    protected bool ChangesHidden { get; }

    /// <summary>What some gates of some units make of h, after <see cref="MultiplyHidden(in StepRows, UnitRange)"/>.</summary>
    protected virtual void ChangeHidden(in StepRows step, UnitRange units) => throw new NotSupportedException();

    /// <summary>The sums of some units over the changed h.</summary>
    protected virtual void MultiplyChanged(in StepRows step, UnitRange units) => throw new NotSupportedException();

    /// <summary>From the sums of some units to the new state; to be recorded, the activated gates replace those over x.</summary>
    protected abstract void Activate(in StepRows step, UnitRange units, bool record);

    /// <summary><c>hiddenSums = h · W_hh</c> for the given gates, which stand from <paramref name="column"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void MultiplyHidden(in StepRows step, GateRange range, UnitRange units, Rows h, int column)
    {
        Rows sums = step.HiddenSums.FromColumn(column);
        var bias = new Rows(HiddenBias + column, 0);
        // The kernels of one stream read all of a last block. What a batch leaves of it is as it was made: 0.
        bool padding = step.Batch == 1;
        // Not the record's own comparison, which allocates at its first use.
        bool all = units.First == 0 && units.End == PaddedHidden;
        if (all) _hiddenMatrix.Multiply(HiddenWeights, range, step.Batch, h, bias, sums, Pitch, padding, far: false, step.Scratch);
        else PanelProduct<S, V>.MultiplyUnits(HiddenLayout, HiddenWeights, range, units, step.Batch, h, bias, sums, Pitch, padding);
    }

    // Up to where all units may have to be waited for.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Begin(in StepRows step, UnitRange units)
    {
        if (!step.Prepared) MultiplyHidden(step, units);
        if (ChangesHidden) ChangeHidden(step, units.WithoutEmptyHalf(Hidden));
    }

    // A last half block of nothing but padding is not worth a pass.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private void Finish(in StepRows step, UnitRange units, bool record)
    {
        if (ChangesHidden) MultiplyChanged(step, units);
        Activate(step, units.WithoutEmptyHalf(Hidden), record);
    }

    private float* InputTransposed(float* transposed) => transposed + _hiddenTransposed.Length;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static StepRows StepOf(in ForwardPass pass, int t) => new()
    {
        Batch = pass.Batch,
        Gates = AtStep(pass.Gates, t, pass.Batch),
        HiddenSums = pass.HiddenSums,
        Prepared = pass.Prepared && t == 0,
        HiddenBefore = t == 0 ? pass.Hidden : AtStep(pass.Output, t - 1, pass.Batch),
        Hidden = AtStep(pass.Output, t, pass.Batch),
        CellBefore = t == 0 ? pass.Cell : CellAfter(pass, t - 1),
        Cell = CellAfter(pass, t),
        Scratch = pass.Scratch,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Rows CellAfter(in ForwardPass pass, int t) => new(pass.CellOut.Data + (t * pass.CellStep), pass.CellOut.Stride);

    // x·W for all rows at once. The way back and steps in pairs read the padding, too; of gates without x only the former.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Project(in ForwardPass pass, Crew? crew)
    {
        int rows = pass.Steps * pass.Batch;
        bool padding = pass.Record || pass.Batch == 1;
        bool far = !pass.Record; // what is recorded has been copied just now
        _inputMatrix.Multiply(
            InputWeights, GateRange.All(InputLayout), rows, pass.Input, new Rows(Bias, 0), pass.Gates, Pitch, padding, far, pass.Scratch, crew);

        // A step records its gates, but not in half a block of nothing but padding.
        if (pass.Record && InputLayout.EndsInHalf && ChainsPerUnit > InputLayout.Gates) BeginOthers(pass.Gates, rows);
    }

    // The last block of the gates that x has no part in.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BeginOthers(Rows gates, int rows)
    {
        int others = (ChainsPerUnit - InputLayout.Gates) * Sizes.Block;
        int column = Chains - others;
        for (int row = 0; row < rows; row++) new Span<float>(Bias + column, others).CopyTo(gates.FromColumn(column).Span(row, others));
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddBias(Parameter bias, int column)
    {
        float* values = Weights + bias.Offset;
        int width = InputLayout.Gates * Sizes.Block;
        for (int block = 0; block < PaddedHidden / Sizes.Block; block++)
        {
            float* target = Bias + (block * ChainsPerUnit * Sizes.Block) + column;
            for (int j = 0; j < width; j++) target[j] += values[(block * width) + j];
        }
    }
}
