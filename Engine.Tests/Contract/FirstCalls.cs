namespace Engine.Tests.Contract;

/// <summary>What the very first step, block and training step of a process allocate; only a fresh process can tell.</summary>
internal static class FirstCalls
{
    public static IEnumerable<string> Lines()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(2).Gru(8, GruReset.Before).Lstm(8).Linear(2));
        using StreamState state = model.CreateState();
        using var trainer = new Trainer(model, new() { SequenceLength = 3, BatchSize = 2, CarryState = true, InputGradient = true });
        float[] x = new float[3 * 2 * 2];
        float[] y = new float[3 * 2 * 2];

        long start = GC.GetAllocatedBytesForCurrentThread();
        model.Step(state, x.AsSpan(0, 2), y.AsSpan(0, 2));
        long step = GC.GetAllocatedBytesForCurrentThread();
        model.Run(state, x, y);
        long run = GC.GetAllocatedBytesForCurrentThread();
        trainer.Step(x, y);
        long training = GC.GetAllocatedBytesForCurrentThread();
        return [$"Step {step - start}", $"Run {run - step}", $"Trainer.Step {training - run}"];
    }
}
