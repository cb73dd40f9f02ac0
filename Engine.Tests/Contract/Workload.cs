using Engine.Kernels;

namespace Engine.Tests.Contract;

/// <summary>A model, a trainer and data for both: the same calls whatever the kind of input and target.</summary>
internal sealed class Workload : IDisposable
{
    public const int Steps = 5;

    private readonly Loss _loss;

    public Workload(ModelSpec spec, Loss loss, int batch, InstructionSet set, TrainerOptions? options = null, int steps = Steps)
    {
        _loss = loss;
        Model = SequenceModel.Create(spec, 7, Initialization.GlorotOrthogonal, set);
        Trainer = new(Model, (options ?? Options) with { SequenceLength = steps, BatchSize = batch, Loss = loss });
        State = Model.CreateState(batch);
        int rows = steps * batch;
        int judged = spec.LastStepOnly ? batch : rows;
        var random = new Random(rows);
        Inputs = Numbers.Draw(random, spec.TakesTokens ? 0 : rows * spec.FirstLayerInput);
        Tokens = [.. Enumerable.Range(0, spec.TakesTokens ? rows : 0).Select(_ => random.Next(spec.FirstLayerInput))];
        Targets = Numbers.Draw(random, judged * spec.OutputSize);
        Classes = [.. Enumerable.Range(0, judged).Select(_ => random.Next(spec.OutputSize))];
        Outputs = new float[judged * spec.OutputSize];
        OutputGradient = Numbers.Draw(random, Outputs.Length);
    }

    public static TrainerOptions Options { get; } = new() { SequenceLength = Steps, BatchSize = 1, ClipNorm = 1, CarryState = true };

    public SequenceModel Model { get; }

    public Trainer Trainer { get; }

    public StreamState State { get; }

    public float[] Inputs { get; }

    public int[] Tokens { get; }

    public float[] Targets { get; }

    public int[] Classes { get; }

    public float[] Outputs { get; }

    public float[] OutputGradient { get; }

    private bool Reads => Model.Spec.TakesTokens;

    private int PerStep => State.BatchSize * (Reads ? 1 : Model.Spec.FirstLayerInput);

    private Span<float> OneAnswer => Outputs.AsSpan(0, State.BatchSize * Model.OutputSize);

    public TrainingStep Train() => (Reads, _loss) switch
    {
        (false, Loss.MeanSquaredError) => Trainer.Step(Inputs, Targets),
        (false, _) => Trainer.Step(Inputs, Classes),
        (true, Loss.MeanSquaredError) => Trainer.Step(Tokens, Targets),
        _ => Trainer.Step(Tokens, Classes),
    };

    public float Evaluate() => (Reads, _loss) switch
    {
        (false, Loss.MeanSquaredError) => Trainer.Evaluate(Inputs, Targets),
        (false, _) => Trainer.Evaluate(Inputs, Classes),
        (true, Loss.MeanSquaredError) => Trainer.Evaluate(Tokens, Targets),
        _ => Trainer.Evaluate(Tokens, Classes),
    };

    /// <summary>One training step in its pieces.</summary>
    public TrainingStep TrainInPieces()
    {
        _ = Reads ? Trainer.Forward(Tokens) : Trainer.Forward(Inputs);
        Trainer.Backward(OutputGradient);
        return Trainer.Update();
    }

    public void Step() => Step(Model, State);

    public void PrepareAndStep()
    {
        Model.Prepare(State);
        Step();
    }

    public void Run() => Run(Model, State);

    /// <summary>One step of a model of the same description.</summary>
    public void Step(SequenceModel model, StreamState state)
    {
        if (Reads) model.Step(state, Tokens.AsSpan(0, PerStep), OneAnswer);
        else model.Step(state, Inputs.AsSpan(0, PerStep), OneAnswer);
    }

    /// <summary>All steps of a model of the same description.</summary>
    public void Run(SequenceModel model, StreamState state)
    {
        if (Reads) model.Run(state, Tokens, Outputs);
        else model.Run(state, Inputs, Outputs);
    }

    public void Dispose()
    {
        Trainer.Dispose();
        State.Dispose();
        Model.Dispose();
    }
}
