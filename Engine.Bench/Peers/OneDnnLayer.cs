using Engine.Bench.Compare;
using static Engine.Bench.Peers.OneDnnMemories;
using static Engine.Bench.Peers.OneDnnNative;

namespace Engine.Bench.Peers;

/// <summary>How oneDNN is told of a layer: the shapes of its tensors, the weights in any layout the library likes, and its operations.</summary>
internal unsafe struct OneDnnLayer
{
    /// <summary>[T, B, I].</summary>
    public MemoryDescription X;

    /// <summary>[T, B, H].</summary>
    public MemoryDescription Y;

    /// <summary>[B, H], of h and of c.</summary>
    public MemoryDescription State;

    /// <summary>[G, H], with a fourth bias for a GRU.</summary>
    public MemoryDescription Bias;

    private readonly Cell _cell;
    private MemoryDescription _ih;
    private MemoryDescription _hh;

    public OneDnnLayer(Case sizes)
    {
        _cell = sizes.Cell;
        Biases = sizes.Cell == Cell.Gru ? 4 : sizes.Gates;
        X = Describe(TagTnc, sizes.Steps, sizes.Batch, sizes.Inputs);
        Y = Describe(TagTnc, sizes.Steps, sizes.Batch, sizes.Hidden);
        State = Describe(TagLdnc, 1, 1, sizes.Batch, sizes.Hidden);
        Bias = Describe(TagLdnc, 1, 1, Biases, sizes.Hidden);
        _ih = Describe(TagAny, 1, 1, sizes.Inputs, sizes.Gates, sizes.Hidden);
        _hh = Describe(TagAny, 1, 1, sizes.Hidden, sizes.Gates, sizes.Hidden);
    }

    /// <summary>Rows of the bias.</summary>
    public int Biases { get; }

    /// <param name="kind"><see cref="ForwardInference"/> or <see cref="ForwardTraining"/>.</param>
    public static RnnDescription Forward(OneDnnLayer* layer, int kind)
    {
        RnnDescription rnn = default;
        MemoryDescription* x = &layer->X, y = &layer->Y, h = &layer->State, bias = &layer->Bias, ih = &layer->_ih, hh = &layer->_hh;
        int status = layer->_cell switch
        {
            Cell.Lstm => DescribeLstm(&rnn, kind, LeftToRight, x, h, h, ih, hh, bias, y, h, h, 0),
            Cell.Gru => DescribeGru(&rnn, kind, LeftToRight, x, h, ih, hh, bias, y, h, 0),
            _ => DescribeRnn(&rnn, kind, Tanh, LeftToRight, x, h, ih, hh, bias, y, h, 0, 0, 0),
        };
        Check(status, "forward description");
        return rnn;
    }

    /// <summary>Every tensor's gradient looks like the tensor.</summary>
    public static RnnDescription Backward(OneDnnLayer* layer)
    {
        const int kind = OneDnnNative.Backward;
        RnnDescription rnn = default;
        MemoryDescription* x = &layer->X, y = &layer->Y, h = &layer->State, bias = &layer->Bias, ih = &layer->_ih, hh = &layer->_hh;
        int status = layer->_cell switch
        {
            Cell.Lstm => DescribeLstmBackward(&rnn, kind, LeftToRight, x, h, h, ih, hh, bias, y, h, h, x, h, h, ih, hh, bias, y, h, h, 0),
            Cell.Gru => DescribeGruBackward(&rnn, kind, LeftToRight, x, h, ih, hh, bias, y, h, x, h, ih, hh, bias, y, h, 0),
            _ => DescribeRnnBackward(&rnn, kind, Tanh, LeftToRight, x, h, ih, hh, bias, y, h, x, h, ih, hh, bias, y, h, 0, 0, 0),
        };
        Check(status, "backward description");
        return rnn;
    }
}
