using Engine.Bench.Compare;
using Engine.Memory;
using static Engine.Bench.Peers.OneDnnNative;

namespace Engine.Bench.Peers;

/// <summary>One layer of oneDNN with its memory. Two sets of arguments take turns, so that the state is fed back without a copy.</summary>
internal sealed unsafe class OneDnnRunner : Runner
{
    private static readonly int[] UpdateResetNew = [1, 0, 2];

    private readonly nint _engine;
    private readonly nint _stream;
    private readonly nint _primitive;
    private readonly List<nint> _memories = [];
    private readonly List<AlignedBuffer> _states = [];
    private readonly AlignedBuffer _x;
    private readonly AlignedBuffer _y;
    private readonly Argument[][] _arguments;
    private int _turn;

    public OneDnnRunner(CaseData data, nint engine, nint stream)
    {
        _engine = engine;
        _stream = stream;
        Case sizes = data.Sizes;
        int gates = sizes.Gates, hidden = sizes.Hidden, biases = sizes.Cell == Cell.Gru ? 4 : gates;
        bool hasCell = sizes.Cell == Cell.Lstm;
        MemoryDescription x = Describe(TagTnc, sizes.Steps, sizes.Batch, sizes.Inputs);
        MemoryDescription y = Describe(TagTnc, sizes.Steps, sizes.Batch, hidden);
        MemoryDescription h = Describe(TagLdnc, 1, 1, sizes.Batch, hidden);
        MemoryDescription bias = Describe(TagLdnc, 1, 1, biases, hidden);
        MemoryDescription anyIh = Describe(TagAny, 1, 1, sizes.Inputs, gates, hidden);
        MemoryDescription anyHh = Describe(TagAny, 1, 1, hidden, gates, hidden);
        var rnn = default(RnnDescription);
        Check(
            sizes.Cell switch
            {
                Cell.Lstm => DescribeLstm(&rnn, ForwardInference, LeftToRight, &x, &h, &h, &anyIh, &anyHh, &bias, &y, &h, &h, 0),
                Cell.Gru => DescribeGru(&rnn, ForwardInference, LeftToRight, &x, &h, &anyIh, &anyHh, &bias, &y, &h, 0),
                _ => DescribeRnn(&rnn, ForwardInference, Tanh, LeftToRight, &x, &h, &anyIh, &anyHh, &bias, &y, &h, 0, 0, 0),
            },
            "forward description");
        Check(CreateChoice(out nint choice, &rnn, 0, engine, 0), "primitive description");
        Check(CreatePrimitive(out _primitive, choice), "primitive");

        nint weightsIh = Weights(Query(choice, QueryWeights, 0), data.WeightIh, data, sizes.Inputs);
        nint weightsHh = Weights(Query(choice, QueryWeights, 1), data.WeightHh, data, hidden);
        Check(DestroyChoice(choice), "release of the description");
        _x = Filled(data.X);
        _y = new(data.OutputCount);
        nint xMemory = Memory(&x, _x), yMemory = Memory(&y, _y), biasMemory = Memory(&bias, State(Biases(data)));
        nint[] hs = [Memory(&h, State(new float[sizes.Batch * hidden])), Memory(&h, State(new float[sizes.Batch * hidden]))];
        nint[] cs = hasCell ? [Memory(&h, State(new float[sizes.Batch * hidden])), Memory(&h, State(new float[sizes.Batch * hidden]))] : [];
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
        // The first buffer holds the biases.
        foreach (AlignedBuffer state in _states.Skip(1)) state.Clear();
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
        foreach (nint memory in _memories) _ = DestroyMemory(memory);
        base.Dispose(disposing);
    }

    // b_ih and b_hh fold into one, but for the GRU's new gate, whose b_hh comes fourth.
    private static float[] Biases(CaseData data)
    {
        float[] sums = [.. data.BiasIh.Zip(data.BiasHh, (a, b) => a + b)];
        if (data.Sizes.Cell != Cell.Gru) return sums;

        int hidden = data.Sizes.Hidden;
        return [.. sums[hidden..(2 * hidden)], .. sums[..hidden], .. data.BiasIh[(2 * hidden)..], .. data.BiasHh[(2 * hidden)..]];
    }

    private static AlignedBuffer Filled(float[] values)
    {
        var buffer = new AlignedBuffer(values.Length);
        values.CopyTo(buffer.Span);
        return buffer;
    }

    private static MemoryDescription Describe(int tag, params ReadOnlySpan<long> dimensions)
    {
        long* sizes = stackalloc long[12];
        dimensions.CopyTo(new Span<long>(sizes, 12));
        var description = default(MemoryDescription);
        Check(OneDnnNative.Describe(&description, dimensions.Length, sizes, Float32, tag), "memory description");
        return description;
    }

    private AlignedBuffer State(float[] values)
    {
        AlignedBuffer buffer = Filled(values);
        _states.Add(buffer);
        return buffer;
    }

    private nint Memory(MemoryDescription* description, AlignedBuffer? buffer)
    {
        Check(CreateMemory(out nint memory, description, _engine, buffer is null ? Allocate : (nint)buffer.Pointer), "memory");
        _memories.Add(memory);
        return memory;
    }

    // Reorders PyTorch's weights once into the layout that the primitive asked for.
    private nint Weights(MemoryDescription* wanted, float[] weights, CaseData data, int inputs)
    {
        Case sizes = data.Sizes;
        AlignedBuffer given = Filled(sizes.Cell == Cell.Gru ? data.Reordered(weights, UpdateResetNew) : weights);
        MemoryDescription ours = Describe(TagLdgoi, 1, 1, inputs, sizes.Gates, sizes.Hidden);
        nint from = Memory(&ours, given), to = Memory(wanted, null);
        Check(CreateReorder(out nint choice, &ours, _engine, wanted, _engine, 0), "reorder description");
        Check(CreatePrimitive(out nint reorder, choice), "reorder");
        Argument* arguments = stackalloc Argument[] { new() { Index = ArgSrcLayer, Memory = from }, new() { Index = ArgDstLayer, Memory = to } };
        Check(Execute(reorder, _stream, 2, arguments), "reorder");
        Check(Wait(_stream), "wait");
        Check(DestroyPrimitive(reorder), "release of the reorder");
        Check(DestroyChoice(choice), "release of the description");
        GC.KeepAlive(given);
        return to;
    }
}
