namespace Engine.Bench.Compare;

/// <summary>What an engine computes in a training step; the floating-point operations are counted accordingly.</summary>
/// <param name="WholeStep">Head, loss, clipping and optimizer too, not only the recurrent layer.</param>
/// <param name="InputGradient">The gradient of numeric inputs too.</param>
internal readonly record struct TrainingWork(bool WholeStep, bool InputGradient);

/// <summary>
/// A training step of recurrent layers with a linear layer behind them: mean squared error against numbers, or, for a model of token
/// ids with an embedding before it, cross-entropy against class ids; gradients clipped to norm 1; Adam.
/// </summary>
internal sealed record TrainingCase(Cell Cell, int Inputs, int Hidden, int Steps, int Batch)
    : Case(WorkloadKind.Train, Cell, Inputs, Hidden, Steps, Batch)
{
    /// <summary>Recurrent layers, each <see cref="Case.Hidden"/> wide.</summary>
    public int Layers { get; init; } = 1;

    /// <summary>Outputs of the linear layer, on every time step.</summary>
    public int Outputs { get; init; } = 1;

    /// <summary>Token ids that an embedding turns into <see cref="Case.Inputs"/> numbers; 0 if the input is numbers.</summary>
    public int Vocabulary { get; init; }

    /// <summary>Whether an engine that can choose computes the inputs' gradient.</summary>
    public bool InputGradient { get; init; }

    public override string Heading => Vocabulary > 0
        ? $"train, {Vocabulary} tokens, embedding {Inputs}, {Layers} × {CellName}, T={Steps}, B={Batch}"
        : base.Heading;

    public ModelSpec Spec
    {
        get
        {
            ModelSpec spec = Vocabulary > 0 ? ModelSpec.Tokens(Vocabulary).Embedding(Inputs) : ModelSpec.Input(Inputs);
            for (int i = 0; i < Layers; i++) spec = Bench.Workload.Recurrent(spec, Cell, Hidden);
            return spec.Linear(Outputs);
        }
    }

    public TrainerOptions Options => new()
    {
        SequenceLength = Steps,
        BatchSize = Batch,
        ClipNorm = 1,
        Loss = Vocabulary > 0 ? Loss.CrossEntropy : Loss.MeanSquaredError,
        InputGradient = InputGradient,
    };

    /// <summary>
    /// Of the matrix products: forward <c>x·W</c> and <c>h·W</c>, backward <c>dh</c>, <c>dW_ih</c>, <c>dW_hh</c>, and <c>dX</c> where
    /// something needs it. A multiply-add counts as two.
    /// </summary>
    public double StepFlops(TrainingWork work)
    {
        double columns = 0;
        for (int layer = 0; layer < Layers; layer++)
        {
            bool inputGradient = layer > 0 || Vocabulary > 0 || work.InputGradient;
            columns += (double)Gates * (((inputGradient ? 3 : 2) * (layer == 0 ? Inputs : Hidden)) + (3 * Hidden));
        }

        if (work.WholeStep) columns += 3 * Outputs;
        return 2 * columns * Hidden * Steps * Batch;
    }
}
