using Engine.Bench.Compare;
using Engine.Memory;
using static Engine.Bench.Peers.OneDnnMemories;
using static Engine.Bench.Peers.OneDnnNative;

namespace Engine.Bench.Peers;

/// <summary>One layer of oneDNN with its memory. Two sets of arguments take turns, so that the state is fed back without a copy.</summary>
internal sealed unsafe class OneDnnRunner : InferenceRunner
{
    private readonly nint _stream;
    private readonly nint _primitive;
    private readonly OneDnnMemories _memories;
    private readonly List<AlignedBuffer> _states = [];
    private readonly AlignedBuffer _x;
    private readonly AlignedBuffer _y;
    private readonly Argument[][] _arguments;
    private int _turn;

    public OneDnnRunner(CaseData data, nint engine, nint stream)
    {
        _stream = stream;
        _memories = new(engine, stream);
        Case sizes = data.Sizes;
        bool hasCell = sizes.Cell == Cell.Lstm;
        var layer = new OneDnnLayer(sizes);
        RnnDescription rnn = OneDnnLayer.Forward(&layer, ForwardInference);
        Check(CreateChoice(out nint choice, &rnn, 0, engine, 0), "primitive description");
        Check(CreatePrimitive(out _primitive, choice), "primitive");

        nint weightsIh = _memories.Weights(Query(choice, QueryWeights, 0), data.WeightIh, data, sizes.Inputs);
        nint weightsHh = _memories.Weights(Query(choice, QueryWeights, 1), data.WeightHh, data, sizes.Hidden);
        Check(DestroyChoice(choice), "release of the description");
        _x = Filled(data.X);
        _y = new(data.OutputCount);
        nint xMemory = _memories.Make(&layer.X, _x), yMemory = _memories.Make(&layer.Y, _y);
        nint biasMemory = _memories.Make(&layer.Bias, Filled(Biases(data)));
        nint[] hs = [State(&layer, sizes), State(&layer, sizes)];
        nint[] cs = hasCell ? [State(&layer, sizes), State(&layer, sizes)] : [];
        _arguments = [Arguments(0, 1), Arguments(1, 0)];

        Argument[] Arguments(int from, int to)
        {
            List<Argument> list =
            [
                new() { Index = ArgSrcLayer, Memory = xMemory },
                new() { Index = ArgSrcIter, Memory = hs[from] },
                new() { Index = ArgWeightsLayer, Memory = weightsIh },
                new() { Index = ArgWeightsIter, Memory = weightsHh },
                new() { Index = ArgBias, Memory = biasMemory },
                new() { Index = ArgDstLayer, Memory = yMemory },
                new() { Index = ArgDstIter, Memory = hs[to] },
            ];
            if (hasCell) list.AddRange([new() { Index = ArgSrcIterC, Memory = cs[from] }, new() { Index = ArgDstIterC, Memory = cs[to] }]);
            return [.. list];
        }
    }

    public override void Reset()
    {
        foreach (AlignedBuffer state in _states) state.Clear();
    }

    public override void Run()
    {
        Argument[] list = _arguments[_turn];
        fixed (Argument* arguments = list) Check(Execute(_primitive, _stream, list.Length, arguments), "execute");
        Check(Wait(_stream), "wait");
        _turn ^= 1;
    }

    public override void ReadOutputs(Span<float> y) => _y.Span.CopyTo(y);

    protected override void Dispose(bool disposing)
    {
        _ = DestroyPrimitive(_primitive);
        _memories.Dispose();
        base.Dispose(disposing);
    }

    private nint State(OneDnnLayer* layer, Case sizes)
    {
        var buffer = new AlignedBuffer(sizes.Batch * sizes.Hidden);
        _states.Add(buffer);
        return _memories.Make(&layer->State, buffer);
    }
}
