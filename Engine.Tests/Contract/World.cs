using Engine.Kernels;

namespace Engine.Tests.Contract;

/// <summary>
/// A model with a state and a trainer in the middle of their work, for calls that have to be refused: what they hold can be compared
/// before and after, and they can go on.
/// </summary>
internal sealed class World : IDisposable
{
    public const int Batch = 2;
    public const int Steps = 3;
    public const int Features = 3;
    public const int Vocabulary = 11;
    public const int Outputs = 4;
    public const int Hidden = 5;

    public World(bool tokens, Loss loss, bool lastStepOnly = false)
    {
        ModelSpec input = tokens ? ModelSpec.Tokens(Vocabulary).Embedding(Features) : ModelSpec.Input(Features);
        Work = new(input.Lstm(Hidden).Gru(Hidden).Linear(Outputs, lastStepOnly), loss, Batch, InstructionSets.Best, steps: Steps);
        Work.Train();
        Work.Step();
        Work.Outputs.AsSpan().Fill(7);
    }

    public Workload Work { get; }

    public SequenceModel Model => Work.Model;

    public Trainer Trainer => Work.Trainer;

    public StreamState State => Work.State;

    /// <summary>The buffer that calls write their answer to.</summary>
    public float[] Y => Work.Outputs;

    /// <summary>Every bit that a refused call must leave alone.</summary>
    public int[] Bits() =>
    [
        .. Numbers.Bits(Numbers.Weights(Model)), .. Numbers.Bits(Numbers.Snapshot(State)), .. Numbers.Bits(Numbers.Snapshot(Trainer.State)),
        .. Numbers.Bits(Y), (int)Trainer.Steps, .. Numbers.Bits([(float)Trainer.LearningRate]),
    ];

    /// <summary>Goes on and gives every bit that comes of it: what is not public, such as Adam's moments, shows here.</summary>
    public int[] GoOn()
    {
        Work.Step();
        TrainingStep step = Work.Train();
        Work.Run();
        return [.. Bits(), .. Numbers.Bits([step.Loss, step.GradientNorm])];
    }

    public void Dispose() => Work.Dispose();
}
