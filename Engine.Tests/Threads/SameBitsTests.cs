using System.Diagnostics;
using Engine.Kernels;
using Engine.Tests.Support;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Threads;

/// <summary>The same bits on one thread, two or three, with helpers that take part in the smallest of layers.</summary>
[NonParallelizable]
internal sealed class SameBitsTests
{
    // Which thread does what is chance, so everything is done several times; once where the slow multiply-adds change the chances anyway.
    private static readonly int Rounds = Widths.MultiplyAddsAreCalls ? 1 : 4;

    private static IEnumerable<ModelSpec> Specs =>
    [
        .. Cells.All.Select(cell => ModelSpec.Input(5).Add(cell, 70).Linear(3)),
        .. Cells.All.Select(cell => ModelSpec.Input(33).Add(cell, 16)),
        .. Cells.All.Select(cell => ModelSpec.Input(1).Add(cell, 129).Add(cell, 17).Linear(1, lastStepOnly: true)),
        ModelSpec.Input(9).Rnn(33).Lstm(100).Linear(20).Gru(31).Gru(40, GruReset.Before).Linear(9),
        ModelSpec.Tokens(13).Embedding(7).Gru(50).Lstm(33).Linear(13),
        ModelSpec.Input(3).Linear(150).Linear(2),
    ];

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(20);

    private static readonly int[] BatchSizes = Widths.MultiplyAddsAreCalls ? [1, 32] : [1, 3, 11, 32];

    [Test]
    public void Stepping_and_running(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Specs))] ModelSpec spec,
        [Values(2, 3)] int threads)
    {
        using SequenceModel model = Models.Create(spec, 5, set);
        StepAndRun(model, threads);
    }

    [Test]
    public void Stepping_and_running_with_bfloat16(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(70, 150)] int hidden)
    {
        using SequenceModel model = Models.Create(ModelSpec.Input(5).Add(cell, hidden).Linear(3), 5, set);
        using SequenceModel small = model.ForInference(new InferenceOptions { Weights = WeightFormat.BFloat16 });
        StepAndRun(small, threads: 2);
    }

    [Test]
    public void Training_steps(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Specs))] ModelSpec spec,
        [Values(2, 3)] int threads)
    {
        UntilHelped(() => BatchSizes.Sum(batch =>
        {
            using var alone = new Course(spec, set, batch, threads: 1);
            using var shared = new Course(spec, set, batch, threads);
            for (int run = 0; run < 2 * Rounds; run++)
            {
                TrainingStep expected = alone.Step(run);
                TrainingStep actual = shared.Step(run);
                string what = $"batch {batch}, step {run}";
                Assert.That(expected.Updated, Is.True);
                Bits.AreEqual([actual.Loss, actual.GradientNorm], [expected.Loss, expected.GradientNorm], $"{what}: loss and norm");
                Bits.AreEqual(Models.AllGradients(shared.Trainer), Models.AllGradients(alone.Trainer), $"{what}: gradients");
                if (!spec.TakesTokens) Bits.AreEqual(shared.Trainer.InputGradient, alone.Trainer.InputGradient, $"{what}: gradients of the inputs");
                Bits.AreEqual(Models.AllParameters(shared.Model), Models.AllParameters(alone.Model), $"{what}: weights");
                Bits.AreEqual(Models.Snapshot(shared.Trainer.State), Models.Snapshot(alone.Trainer.State), $"{what}: carried state");
            }

            return shared.Trainer.Crew!.Helped;
        }));
    }

    // At the sizes where help is asked for by itself, wherever handing over takes a fifth of a microsecond: what it takes here depends on what else runs.
    [Test]
    public void Layers_of_the_usual_size([Values] Cell cell, [Values(1, 4, 32)] int batch)
    {
        int hidden = cell is Cell.RnnTanh or Cell.RnnRelu ? 400 : 200;
        ModelSpec spec = ModelSpec.Input(64).Add(cell, hidden).Linear(10);
        using SequenceModel model = Models.Create(spec, 5);
        using StreamState shared = model.CreateState(batch, threads: 2, CrewPolicy.For(200));
        using StreamState alone = model.CreateState(batch);
        Assert.That(shared.Threads, Is.EqualTo(2));
        UntilHelped(() =>
        {
            Bits.AreEqual(Run(model, shared, 30), Run(model, alone, 30), "run");
            Bits.AreEqual(Step(model, shared, 1), Step(model, alone, 1), "step");
            return shared.Crew!.Helped;
        });
    }

    // Threads meet every 49 to 90 steps here, and what the last layer has answered by then is its state.
    [Test]
    public void Runs_of_several_meetings([Values] Cell cell)
    {
        const int Steps = 200;
        int hidden = cell is Cell.RnnTanh or Cell.RnnRelu ? 112 : 48;
        using SequenceModel model = Models.Create(ModelSpec.Input(hidden).Add(cell, hidden), 5);
        using StreamState shared = model.CreateState(32, threads: 2, CrewPolicy.Always);
        using StreamState alone = model.CreateState(32);
        UntilHelped(() =>
        {
            Bits.AreEqual(Run(model, shared, Steps), Run(model, alone, Steps), "run");
            Bits.AreEqual(Models.Snapshot(shared), Models.Snapshot(alone), "state");
            return shared.Crew!.Helped;
        });
    }

    // Large enough for several chunks of a step to each thread, which goes through them from one end to the other and back.
    [Test]
    public void A_step_of_many_chunks([Values] Cell cell, [Values(2, 3)] int threads)
    {
        using SequenceModel model = Models.Create(ModelSpec.Input(2).Add(cell, 1200), 5);
        using StreamState shared = model.CreateState(1, threads, CrewPolicy.Always);
        using StreamState alone = model.CreateState();
        UntilHelped(() =>
        {
            for (int t = 0; t < 3; t++) Bits.AreEqual(Step(model, shared, t), Step(model, alone, t), $"step {t}");
            return shared.Crew!.Helped;
        });
    }

    // Outputs over the inputs: one thread's answers must not lie on what another has yet to read.
    [Test]
    public void Outputs_over_the_inputs([Values(2, 5)] int outputs, [Values(2, 3)] int threads)
    {
        const int Inputs = 5;
        const int Steps = 40;
        const int Batch = 32;
        using SequenceModel model = Models.Create(ModelSpec.Input(Inputs).Lstm(20).Linear(outputs), 5);
        using StreamState shared = model.CreateState(Batch, threads, CrewPolicy.Always);
        using StreamState alone = model.CreateState(Batch);
        for (int round = 0; round < 20; round++)
        {
            float[] x = Numbers.Values(round, Steps * Batch * Inputs);
            float[] expected = new float[Steps * Batch * outputs];
            model.Run(alone, x, expected);
            model.Run(shared, x, x.AsSpan(0, expected.Length));
            Bits.AreEqual(x.AsSpan(0, expected.Length), expected, $"round {round}: run");

            x = Numbers.Values(round, Batch * Inputs);
            expected = new float[Batch * outputs];
            model.Step(alone, x, expected);
            model.Step(shared, x, x.AsSpan(0, expected.Length));
            Bits.AreEqual(x.AsSpan(0, expected.Length), expected, $"round {round}: step");
        }
    }

    // A core that is busy with something else may leave the caller alone for a while.
    private static void UntilHelped(Func<long> chunksDoneByHelpers)
    {
        var clock = Stopwatch.StartNew();
        while (chunksDoneByHelpers() == 0)
        {
            if (clock.Elapsed > Deadline) Assert.Fail("helpers did nothing.");
        }
    }

    private static float[] Run(SequenceModel model, StreamState state, int steps)
    {
        int rows = steps * state.BatchSize;
        float[] y = new float[(model.Spec.LastStepOnly ? state.BatchSize : rows) * model.OutputSize];
        if (model.Spec.TakesTokens) model.Run(state, Numbers.Tokens(6, rows, model.Spec.FirstLayerInput), y);
        else model.Run(state, Numbers.Values(6, rows * model.InputSize), y);
        return y;
    }

    private static void StepAndRun(SequenceModel model, int threads)
    {
        UntilHelped(() => BatchSizes.Sum(batch =>
        {
            using StreamState shared = model.CreateState(batch, threads, CrewPolicy.Always);
            using StreamState alone = model.CreateState(batch);
            for (int round = 0; round < Rounds; round++)
            {
                foreach (int steps in (int[])[1, 7, 26])
                {
                    Models.SetState(shared, round);
                    Models.SetState(alone, round);
                    string what = $"batch {batch}, {steps} steps, round {round}";
                    Bits.AreEqual(Run(model, shared, steps), Run(model, alone, steps), $"{what}: run");
                    Bits.AreEqual(Models.Snapshot(shared), Models.Snapshot(alone), $"{what}: state after running");
                    for (int t = 0; t < Math.Min(steps, 7); t++) Bits.AreEqual(Step(model, shared, t), Step(model, alone, t), $"{what}: step {t}");
                    Bits.AreEqual(Models.Snapshot(shared), Models.Snapshot(alone), $"{what}: state after stepping");
                }
            }

            return shared.Crew!.Helped;
        }));
    }

    private static float[] Step(SequenceModel model, StreamState state, int seed)
    {
        float[] y = new float[state.BatchSize * model.OutputSize];
        if (model.Spec.TakesTokens) model.Step(state, Numbers.Tokens(seed, state.BatchSize, model.Spec.FirstLayerInput), y);
        else model.Step(state, Numbers.Values(seed, state.BatchSize * model.InputSize), y);
        return y;
    }

    private sealed class Course : IDisposable
    {
        private const int Steps = 9;
        private readonly ModelSpec _spec;
        private readonly int _batch;

        public Course(ModelSpec spec, InstructionSet set, int batch, int threads)
        {
            _spec = spec;
            _batch = batch;
            Model = Models.Create(spec, 3, set);
            var options = new TrainerOptions
            {
                SequenceLength = Steps, BatchSize = batch, Threads = threads, ClipNorm = 0.5, CarryState = true, InputGradient = !spec.TakesTokens,
            };
            Trainer = new(Model, options, CrewPolicy.Always);
        }

        public SequenceModel Model { get; }

        public Trainer Trainer { get; }

        public TrainingStep Step(int run)
        {
            float[] targets = Numbers.Values(200 + run, (_spec.LastStepOnly ? 1 : Steps) * _batch * _spec.OutputSize);
            return _spec.TakesTokens
                ? Trainer.Step(Numbers.Tokens(100 + run, Steps * _batch, _spec.FirstLayerInput), targets)
                : Trainer.Step(Numbers.Values(100 + run, Steps * _batch * _spec.FirstLayerInput), targets);
        }

        public void Dispose()
        {
            Trainer.Dispose();
            Model.Dispose();
        }
    }
}
