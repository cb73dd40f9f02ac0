namespace Engine.Bench.Compare;

/// <summary>Weights in PyTorch's order and layout, inputs and targets: the same for every engine.</summary>
internal sealed class TrainingData
{
    public TrainingData(TrainingCase sizes)
    {
        Sizes = sizes;
        using SequenceModel model = Bench.Workload.Model(sizes.Spec);
        Parameters = [.. model.Parameters.Select(info => ValuesOf(model, info))];
        Names = [.. model.Parameters.Select(info => info.Name)];

        int rows = sizes.Steps * sizes.Batch;
        bool tokens = sizes.Vocabulary > 0;
        X = tokens ? [] : Bench.Workload.Values(rows * sizes.Inputs, seed: 5);
        Targets = tokens ? [] : Bench.Workload.Values(rows * sizes.Outputs, seed: 6);
        Tokens = tokens ? Ids(rows, sizes.Vocabulary, seed: 5) : [];
        Classes = tokens ? Ids(rows, sizes.Outputs, seed: 6) : [];
    }

    public TrainingCase Sizes { get; }

    /// <summary>Names of <see cref="Parameters"/>.</summary>
    public IReadOnlyList<string> Names { get; }

    /// <summary>All weights of the model at the beginning, from the input to the output.</summary>
    public IReadOnlyList<float[]> Parameters { get; }

    /// <summary>[T, B, I]; empty if the input is token ids.</summary>
    public float[] X { get; }

    /// <summary>[T, B] ids; empty if the input is numbers.</summary>
    public int[] Tokens { get; }

    /// <summary>[T, B, O]; empty if the input is token ids.</summary>
    public float[] Targets { get; }

    /// <summary>[T, B] ids; empty if the input is numbers.</summary>
    public int[] Classes { get; }

    /// <summary>The only recurrent layer's weights and inputs, for an engine that trains nothing but the layer.</summary>
    public CaseData Layer => new(Sizes)
    {
        WeightIh = Find("weight_ih_l0"),
        WeightHh = Find("weight_hh_l0"),
        BiasIh = Find("bias_ih_l0"),
        BiasHh = Find("bias_hh_l0"),
        X = X,
    };

    /// <summary>[T, B, H]: a gradient to begin with where there is no loss.</summary>
    public float[] OutputGradient => Bench.Workload.Values(Sizes.Steps * Sizes.Batch * Sizes.Hidden, seed: 7);

    private static float[] ValuesOf(SequenceModel model, ParameterInfo info)
    {
        var values = new float[info.Shape.Aggregate(1, (product, size) => product * size)];
        model.GetParameter(info.Name, values);
        return values;
    }

    private static int[] Ids(int count, int end, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, count).Select(_ => random.Next(end))];
    }

    private float[] Find(string suffix) => Parameters[Names.Index().Single(name => name.Item.EndsWith(suffix, StringComparison.Ordinal)).Index];
}
