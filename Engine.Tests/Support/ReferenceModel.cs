namespace Engine.Tests.Support;

/// <summary>A whole model in double precision: plain loops over PyTorch's tensors, which may be changed between runs.</summary>
internal sealed class ReferenceModel
{
    private readonly ModelSpec _spec;

    private ReferenceModel(ModelSpec spec, double[][] parameters)
    {
        _spec = spec;
        Parameters = parameters;
    }

    /// <summary>The tensors, in the order of <see cref="SequenceModel.Parameters"/>.</summary>
    public double[][] Parameters { get; }

    /// <summary>[B, hidden] of every recurrent layer: before a run its initial states, after it the final ones.</summary>
    public List<double[]> Hidden { get; } = [];

    /// <summary>The same of the cells; empty where a layer has none.</summary>
    public List<double[]> Cell { get; } = [];

    /// <summary>The smallest size of a relu's argument in the last run.</summary>
    public double NearestToKink { get; private set; }

    public static ReferenceModel Of(SequenceModel model) =>
        new(model.Spec, [.. model.Parameters.Select(p => Doubles(Models.Get(model, p)))]);

    public static double[] Doubles(float[] values) => Array.ConvertAll(values, value => (double)value);

    /// <summary>Takes the streams' states as initial ones.</summary>
    public void TakeState(StreamState state)
    {
        int[] layers = [.. Enumerable.Range(0, state.RecurrentLayerCount)];
        Begin(
            [.. layers.Select(layer => Doubles(Models.Hidden(state, layer)))],
            [.. layers.Select(layer => state.HasCell(layer) ? Doubles(Models.CellOf(state, layer)) : [])]);
    }

    /// <summary>Sets the initial states. They are not written to.</summary>
    public void Begin(IReadOnlyList<double[]> hidden, IReadOnlyList<double[]> cell)
    {
        Hidden.Clear();
        Hidden.AddRange(hidden);
        Cell.Clear();
        Cell.AddRange(cell);
    }

    /// <summary>Runs the model.</summary>
    /// <param name="batch">B.</param>
    /// <param name="x">[T, B, features]; for tokens the ids.</param>
    /// <returns>[T, B, outputs], or [B, outputs] if the head answers on the last step only.</returns>
    public double[] Run(int batch, double[] x)
    {
        NearestToKink = double.PositiveInfinity;
        double[] values = x;
        int width = _spec.TakesTokens ? 1 : _spec.FirstLayerInput;
        int tensor = 0;
        int recurrent = 0;
        foreach (LayerSpec layer in _spec.Layers)
        {
            switch (layer)
            {
                case EmbeddingSpec:
                    values = [.. values.SelectMany(id => Row(Parameters[tensor], (int)id, layer.OutputSize))];
                    tensor += 1;
                    break;
                case LinearSpec linear:
                    if (linear.LastStepOnly) values = values[^(batch * width)..];
                    values = Linear(values, width, Parameters[tensor], Parameters[tensor + 1]);
                    tensor += 2;
                    break;
                default:
                    var weights = new CellWeights(
                        Parameters[tensor], Parameters[tensor + 1], Parameters[tensor + 2], Parameters[tensor + 3]);
                    values = Recur(layer, weights, values, width, batch, recurrent);
                    tensor += 4;
                    recurrent++;
                    break;
            }

            width = layer.OutputSize;
        }

        return values;
    }

    private static double[] Linear(double[] values, int width, double[] weight, double[] bias)
    {
        int rows = values.Length / width;
        var y = new double[rows * bias.Length];
        for (int row = 0; row < rows; row++)
        {
            for (int j = 0; j < bias.Length; j++)
                y[(row * bias.Length) + j] = CellWeights.Affine(weight, bias, j, values.AsSpan(row * width, width));
        }

        return y;
    }

    private static double[] Row(double[] values, int row, int width) => values[(row * width)..((row + 1) * width)];

    private double[] Recur(LayerSpec layer, CellWeights weights, double[] x, int width, int batch, int recurrent)
    {
        int hidden = layer.OutputSize;
        int rows = x.Length / width;
        var y = new double[rows * hidden];
        double[] h = [.. Hidden[recurrent]];
        double[] c = [.. Cell[recurrent]];
        for (int row = 0; row < rows; row++)
        {
            int stream = row % batch;
            Span<double> hRow = h.AsSpan(stream * hidden, hidden);
            Span<double> cRow = c.Length == 0 ? default : c.AsSpan(stream * hidden, hidden);
            Step(layer, weights, x.AsSpan(row * width, width), hRow, cRow);
            hRow.CopyTo(y.AsSpan(row * hidden));
        }

        Hidden[recurrent] = h;
        Cell[recurrent] = c;
        return y;
    }

    private void Step(LayerSpec layer, CellWeights weights, ReadOnlySpan<double> x, Span<double> h, Span<double> c)
    {
        double[] next;
        switch (layer)
        {
            case LstmSpec:
                (next, double[] cell) = ReferenceCells.Lstm(weights, x, h, c);
                cell.CopyTo(c);
                break;
            case GruSpec gru:
                next = gru.Reset == GruReset.After ? ReferenceCells.Gru(weights, x, h) : ReferenceCells.GruBefore(weights, x, h);
                break;
            case RnnSpec rnn:
                next = ReferenceCells.Rnn(weights, x, h, rnn.Activation == RnnActivation.Tanh ? Math.Tanh : Relu);
                break;
            default:
                throw new ArgumentException($"no reference for {layer}.", nameof(layer));
        }

        next.CopyTo(h);
    }

    private double Relu(double value)
    {
        NearestToKink = Math.Min(NearestToKink, Math.Abs(value));
        return value > 0 ? value : 0;
    }
}
