using System.Runtime;
using System.Runtime.CompilerServices;

namespace Engine.Tests.Contract;

/// <summary>How many methods this thread compiles in the calls that follow a warm-up; only a fresh process can tell.</summary>
internal static class WarmedUpCalls
{
    private const int Calls = 60;
    private const int TrainedSteps = 5;
    private const int TrainedBatch = 3;
    private const int Features = 2;
    private const int Hidden = 40;
    private const int LargerHidden = 150;

    private static readonly int[] Batches = [1, 2, 3, 7, 32];

    // Longer than any block, and no longer than that for many streams.
    private static int LongestRun(int batch) => Math.Max(6, Calls / batch);

    /// <param name="warmUp">Whether to warm up. Without, the count shows that it sees what is compiled.</param>
    public static IEnumerable<string> Lines(bool warmUp)
    {
        ModelSpec numbers = ModelSpec.Input(Features).Gru(Hidden, GruReset.Before).Lstm(Hidden).Gru(Hidden).Rnn(Hidden).Linear(3);
        ModelSpec tokens = ModelSpec.Tokens(5).Embedding(4).Lstm(Hidden).Linear(3, lastStepOnly: true);
        ModelSpec larger = ModelSpec.Input(Features).Lstm(LargerHidden).Gru(LargerHidden).Rnn(LargerHidden).Linear(3);
        foreach (ModelSpec spec in (ModelSpec[])[numbers, tokens, larger])
        {
            using SequenceModel model = SequenceModel.Create(spec);
            // One stream of larger layers goes another way; for many it would only be more work.
            foreach (int batch in Batches.Where(batch => spec != larger || batch == 1))
            {
                using StreamState state = model.CreateState(batch);
                if (warmUp) state.Warmup();
                long compiled = spec.TakesTokens ? InTokenCalls(model, state) : InNumberCalls(model, state);
                yield return $"{compiled} in steps and runs, batch {batch}: {spec}";
            }

            foreach (Loss loss in Enum.GetValues<Loss>())
            {
                var options = new TrainerOptions
                {
                    SequenceLength = TrainedSteps, BatchSize = TrainedBatch, Loss = loss, ClipNorm = 1, InputGradient = !spec.TakesTokens, CarryState = true,
                };
                using var trainer = new Trainer(model, options);
                if (warmUp) trainer.Warmup();
                yield return $"{InTraining(trainer, loss)} in training, {loss}: {spec}";
            }
        }
    }

    // Compiled as a whole before it begins to count, so that it only counts what it calls.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long InNumberCalls(SequenceModel model, StreamState state)
    {
        int inputs = state.BatchSize * Features;
        int outputs = state.BatchSize * model.OutputSize;
        int longest = LongestRun(state.BatchSize);
        float[] x = new float[longest * inputs];
        float[] y = new float[longest * outputs];
        _ = Count();
        long before = Count();
        for (int call = 1; call <= Calls; call++)
        {
            int steps = Math.Min(call, longest);
            model.Step(state, new ReadOnlySpan<float>(x, 0, inputs), new Span<float>(y, 0, outputs));
            model.Prepare(state);
            model.Step(state, new ReadOnlySpan<float>(x, 0, inputs), new Span<float>(y, 0, outputs));
            model.Run(state, new ReadOnlySpan<float>(x, 0, steps * inputs), new Span<float>(y, 0, steps * outputs));
        }

        return Count() - before;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long InTokenCalls(SequenceModel model, StreamState state)
    {
        int batch = state.BatchSize;
        int longest = LongestRun(batch);
        int[] x = new int[longest * batch];
        float[] y = new float[batch * model.OutputSize];
        _ = Count();
        long before = Count();
        for (int call = 1; call <= Calls; call++)
        {
            int steps = Math.Min(call, longest);
            model.Step(state, new ReadOnlySpan<int>(x, 0, batch), y);
            model.Prepare(state);
            model.Step(state, new ReadOnlySpan<int>(x, 0, batch), y);
            model.Run(state, new ReadOnlySpan<int>(x, 0, steps * batch), y);
        }

        return Count() - before;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static long InTraining(Trainer trainer, Loss loss)
    {
        const int Rows = TrainedSteps * TrainedBatch;
        bool tokens = trainer.Model.Spec.TakesTokens;
        bool classes = loss == Loss.CrossEntropy;
        int judged = trainer.Model.Spec.LastStepOnly ? TrainedBatch : Rows;
        float[] x = new float[Rows * Features];
        int[] ids = new int[Rows];
        float[] targets = new float[judged * trainer.Model.OutputSize];
        int[] labels = new int[judged];
        _ = Count();
        long before = Count();
        for (int i = 0; i < Calls; i++)
        {
            if (tokens && classes) trainer.Step(new ReadOnlySpan<int>(ids), new ReadOnlySpan<int>(labels));
            else if (tokens) trainer.Step(new ReadOnlySpan<int>(ids), new ReadOnlySpan<float>(targets));
            else if (classes) trainer.Step(new ReadOnlySpan<float>(x), new ReadOnlySpan<int>(labels));
            else trainer.Step(new ReadOnlySpan<float>(x), new ReadOnlySpan<float>(targets));
        }

        return Count() - before;
    }

    private static long Count() => JitInfo.GetCompiledMethodCount(currentThread: true);
}
