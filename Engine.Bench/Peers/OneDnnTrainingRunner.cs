using Engine.Bench.Compare;
using Engine.Memory;
using static Engine.Bench.Peers.OneDnnMemories;
using static Engine.Bench.Peers.OneDnnNative;

namespace Engine.Bench.Peers;

/// <summary>
/// One layer of oneDNN, forward and backward from a given gradient: no head, loss, clipping or optimizer. The library has a layout of the
/// weights for each direction; both copies are made beforehand and stay, so that no step pays for them.
/// </summary>
internal sealed unsafe class OneDnnTrainingRunner : TrainingRunner
{
    private readonly nint _stream;
    private readonly CaseData _data;
    private readonly OneDnnMemories _memories;
    private readonly nint _forwardChoice;
    private readonly nint _backwardChoice;
    private readonly nint _forward;
    private readonly nint _backward;
    private readonly Argument[] _forwardArguments;
    private readonly Argument[] _backwardArguments;
    private readonly AlignedBuffer _inputGradient;
    private readonly AlignedBuffer _biasGradient;
    private readonly AlignedBuffer[] _weightGradients = new AlignedBuffer[2];
    private readonly nint[] _weightGradientMemories = new nint[2];

    public OneDnnTrainingRunner(TrainingData data, nint engine, nint stream)
    {
        _stream = stream;
        _data = data.Layer;
        _memories = new(engine, stream);
        Case sizes = data.Sizes;
        var layer = new OneDnnLayer(sizes);
        RnnDescription forward = OneDnnLayer.Forward(&layer, ForwardTraining), backward = OneDnnLayer.Backward(&layer);
        Check(CreateChoice(out _forwardChoice, &forward, 0, engine, 0), "forward primitive description");
        Check(CreateChoice(out _backwardChoice, &backward, 0, engine, _forwardChoice), "backward primitive description");
        Check(CreatePrimitive(out _forward, _forwardChoice), "forward primitive");
        Check(CreatePrimitive(out _backward, _backwardChoice), "backward primitive");

        _inputGradient = new(_data.X.Length);
        _biasGradient = new(layer.Biases * sizes.Hidden);
        for (int i = 0; i < _weightGradients.Length; i++)
        {
            MemoryDescription* wanted = Query(_backwardChoice, QueryWeightGradients, i);
            _weightGradients[i] = new((long)Bytes(wanted) / sizeof(float));
            _weightGradientMemories[i] = _memories.Make(wanted, _weightGradients[i]);
        }

        Argument[] shared =
        [
            .. States(&layer.State, sizes, 0),
            new() { Index = ArgSrcLayer, Memory = _memories.Make(&layer.X, Filled(_data.X)) },
            new() { Index = ArgBias, Memory = _memories.Make(&layer.Bias, Filled(Biases(_data))) },
            new() { Index = ArgDstLayer, Memory = _memories.Make(&layer.Y, new(_data.OutputCount)) },
            new() { Index = ArgWorkspace, Memory = _memories.Make(Query(_forwardChoice, QueryWorkspace, 0), null) },
        ];
        _forwardArguments = [.. shared, .. Weights(_forwardChoice)];
        _backwardArguments =
        [
            .. shared,
            .. States(&layer.State, sizes, ArgGradient),
            .. Weights(_backwardChoice),
            new() { Index = ArgGradient + ArgDstLayer, Memory = _memories.Make(&layer.Y, Filled(data.OutputGradient)) },
            new() { Index = ArgGradient + ArgSrcLayer, Memory = _memories.Make(&layer.X, _inputGradient) },
            new() { Index = ArgGradient + ArgWeightsLayer, Memory = _weightGradientMemories[0] },
            new() { Index = ArgGradient + ArgWeightsIter, Memory = _weightGradientMemories[1] },
            new() { Index = ArgGradient + ArgBias, Memory = _memories.Make(&layer.Bias, _biasGradient) },
        ];
    }

    public override void Run()
    {
        Execute(_forward, _forwardArguments);

        // The library adds to what it finds.
        foreach (AlignedBuffer gradient in _weightGradients) gradient.Clear();
        _biasGradient.Clear();
        Execute(_backward, _backwardArguments);
    }

    public override IReadOnlyList<float[]> FirstCalls()
    {
        // Twice: nothing of the first call may be left in the second.
        Run();
        Run();
        return [_inputGradient.Span.ToArray(), WeightGradient(0, _data.Sizes.Inputs), WeightGradient(1, _data.Sizes.Hidden), .. BiasGradients()];
    }

    protected override void Dispose(bool disposing)
    {
        _ = DestroyPrimitive(_forward);
        _ = DestroyPrimitive(_backward);
        _ = DestroyChoice(_forwardChoice);
        _ = DestroyChoice(_backwardChoice);
        _memories.Dispose();
        base.Dispose(disposing);
    }

    // All zero. Without memory for them, version 2.6 gives a wrong gradient of weight_hh for LSTM and RNN.
    private Argument[] States(MemoryDescription* h, Case sizes, int kind)
    {
        int[] states = sizes.Cell == Cell.Lstm ? [ArgSrcIter, ArgDstIter, ArgSrcIterC, ArgDstIterC] : [ArgSrcIter, ArgDstIter];
        var arguments = new Argument[states.Length];
        for (int i = 0; i < states.Length; i++)
            arguments[i] = new() { Index = kind + states[i], Memory = _memories.Make(h, new(sizes.Batch * sizes.Hidden)) };
        return arguments;
    }

    private Argument[] Weights(nint choice) =>
    [
        new() { Index = ArgWeightsLayer, Memory = _memories.Weights(Query(choice, QueryWeights, 0), _data.WeightIh, _data, _data.Sizes.Inputs) },
        new() { Index = ArgWeightsIter, Memory = _memories.Weights(Query(choice, QueryWeights, 1), _data.WeightHh, _data, _data.Sizes.Hidden) },
    ];

    private void Execute(nint primitive, Argument[] list)
    {
        fixed (Argument* arguments = list) Check(OneDnnNative.Execute(primitive, _stream, list.Length, arguments), "execute");
        Check(Wait(_stream), "wait");
    }

    private float[] WeightGradient(int which, int inputs) =>
        _memories.ReadWeights(Query(_backwardChoice, QueryWeightGradients, which), _weightGradientMemories[which], _data, inputs);

    // What folds into one on the way in has the same gradient twice on the way out.
    private float[][] BiasGradients()
    {
        float[] all = _biasGradient.Span.ToArray();
        if (_data.Sizes.Cell != Cell.Gru) return [all, all];

        int hidden = _data.Sizes.Hidden;
        float[] shared = [.. all[hidden..(2 * hidden)], .. all[..hidden]];
        return [[.. shared, .. all[(2 * hidden)..(3 * hidden)]], [.. shared, .. all[(3 * hidden)..]]];
    }
}
