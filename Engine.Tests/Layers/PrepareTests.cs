using Engine.Kernels;
using Engine.Tests.Support;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>A step that was prepared gives the bits of one that was not, and uses what was prepared; whatever else happens makes it forgotten.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PrepareTests
{
    private const int Inputs = 3;

    private static readonly int[] BatchSizes = [1, 3, 32];

    private static IEnumerable<ModelSpec> Specs =>
    [
        .. Cells.All.Select(cell => ModelSpec.Input(Inputs).Add(cell, 21)),
        .. Cells.All.Select(cell => ModelSpec.Input(Inputs).Add(cell, 8).Add(cell, 70).Linear(2)),
        .. Cells.All.Select(cell => ModelSpec.Input(Inputs).Add(cell, 150)),
        ModelSpec.Input(Inputs).Linear(17).Lstm(33).Gru(16).Gru(9, GruReset.Before).Rnn(40).Linear(4, lastStepOnly: true),
        ModelSpec.Tokens(11).Embedding(5).Lstm(40).Linear(11),
        ModelSpec.Input(Inputs).Linear(2),
    ];

    /// <summary>Everything that may come between a Prepare and the Step, and needs it forgotten.</summary>
    private static IEnumerable<TestCaseData> Interruptions()
    {
        yield return Interruption("a run", (model, state, _) => model.Run(state, Numbers.Values(20, 5 * state.BatchSize * Inputs), new float[5 * state.BatchSize * model.OutputSize]));
        yield return Interruption("a step", (model, state, _) => Step(model, state, 21));
        yield return Interruption("Reset", (_, state, _) => state.Reset());
        yield return Interruption("ResetRow", (_, state, _) => state.ResetRow(0));
        yield return Interruption("SetHidden", (_, state, _) => state.SetHidden(1, Numbers.Values(22, state.BatchSize * state.HiddenSize(1))));
        yield return Interruption("SetCell", (_, state, _) => state.SetCell(0, Numbers.Values(23, state.BatchSize * state.HiddenSize(0))));
        yield return Interruption("Restore", (_, state, _) => state.Restore(Numbers.Values(24, state.SnapshotLength)));
        yield return Interruption("CopyTo", (model, state, _) =>
        {
            using StreamState other = model.CreateState(state.BatchSize);
            Models.SetState(other, 25);
            other.CopyTo(state);
        });
        yield return Interruption("Warmup", (_, state, _) => state.Warmup());
        yield return Interruption("SetParameter", (model, _, _) => model.SetParameter("lstm.weight_hh_l0", Numbers.Values(26, 4 * 20 * 20)));
        yield return Interruption("a training step", (model, state, trainer) => Train(model, trainer, 27));
        yield return Interruption("new weights twice", (model, state, trainer) =>
        {
            Train(model, trainer, 28);
            model.Prepare(state);
            Train(model, trainer, 29);
        });
    }

    [Test]
    public void The_same_bits_as_without(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Specs))] ModelSpec spec, [Values] WeightFormat format)
    {
        using SequenceModel created = Models.Create(spec, 5, set);
        using SequenceModel model = created.ForInference(new() { Weights = format });
        foreach (int batch in BatchSizes)
        {
            using StreamState plain = model.CreateState(batch), prepared = model.CreateState(batch);
            StepBoth(model, plain, prepared, $"batch {batch}");
        }
    }

    [Test]
    public void The_same_bits_with_threads(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Specs))] ModelSpec spec,
        [Values(WeightFormat.Float32, WeightFormat.BFloat16)] WeightFormat format)
    {
        using SequenceModel created = Models.Create(spec, 5, set);
        using SequenceModel model = created.ForInference(new() { Weights = format });
        foreach (int batch in BatchSizes)
        {
            using StreamState plain = model.CreateState(batch), prepared = model.CreateState(batch, threads: 2, CrewPolicy.Always);
            StepBoth(model, plain, prepared, $"batch {batch}");
        }
    }

    [TestCaseSource(nameof(Interruptions))]
    public void Is_forgotten_when_something_else_comes(string what, Action<SequenceModel, StreamState, Trainer> interrupt)
    {
        foreach (int batch in BatchSizes) IsForgotten(what, interrupt, batch);
    }

    // It writes both the state and the weights.
    [Test]
    public void Is_forgotten_when_a_trainer_carries_its_state_on()
    {
        using SequenceModel model = Created(), expectedModel = Created();
        using var trainer = new Trainer(model, Options(1) with { CarryState = true });
        using var expectedTrainer = new Trainer(expectedModel, Options(1) with { CarryState = true });
        model.Prepare(trainer.State);
        float[] before = Models.Snapshot(trainer.State);
        Train(model, trainer, 50);
        Train(expectedModel, expectedTrainer, 50);

        Assert.That(Models.Snapshot(trainer.State), Is.Not.EqualTo(before), "the state moved");
        Bits.AreEqual(Step(model, trainer.State, 51), Step(expectedModel, expectedTrainer.State, 51), "after a training step");
    }

    /// <summary>The recurrent weights are spoilt behind the model's back: nothing of them may be read any more.</summary>
    [Test]
    public void The_step_does_not_do_again_what_was_prepared(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set,
        [Values(Cell.RnnTanh, Cell.Lstm, Cell.Gru)] Cell cell, [Values(16, 70, 150)] int hidden, [Values(1, 3, 32)] int batch,
        [Values(1, 2)] int threads, [Values(WeightFormat.Float32, WeightFormat.BFloat16)] WeightFormat format)
    {
        using SequenceModel created = Models.Create(ModelSpec.Input(Inputs).Add(cell, hidden), 5, set);
        using SequenceModel model = created.ForInference(new() { Weights = format });
        using StreamState plain = model.CreateState(batch), prepared = model.CreateState(batch, threads, CrewPolicy.Always);
        Models.SetState(plain, 60);
        Models.SetState(prepared, 60);
        float[] expected = Step(model, plain, 61);

        model.Prepare(prepared);
        var weights = model.PackedParameters.Single(parameter => parameter.Name.Contains("weight_hh"));
        model.Weights.Span.Slice((int)weights.Offset, (int)weights.PackedLength).Fill(float.NaN);

        Bits.AreEqual(Step(model, prepared, 61), expected, "the prepared step");
        Assert.That(Step(model, prepared, 62), Has.Some.NaN, "the next one reads them");
    }

    [Test]
    public void Preparing_twice_is_preparing_once()
    {
        using SequenceModel model = Created();
        using StreamState plain = model.CreateState(), prepared = model.CreateState();
        for (int t = 0; t < 3; t++)
        {
            model.Prepare(prepared);
            model.Prepare(prepared);
            Bits.AreEqual(Step(model, prepared, t), Step(model, plain, t), $"step {t}");
        }
    }

    [Test]
    public void It_does_not_move_the_state()
    {
        using SequenceModel model = Created();
        using StreamState state = model.CreateState();
        Models.SetState(state, 70);
        float[] before = Models.Snapshot(state);

        model.Prepare(state);

        Bits.AreEqual(Models.Snapshot(state), before, "snapshot");
    }

    [Test]
    public void A_state_of_another_model_or_none_is_refused()
    {
        using SequenceModel model = Created(), other = Created();
        using StreamState state = other.CreateState();
        Assert.That(() => model.Prepare(state), Throws.ArgumentException.With.Message.Contains("another model"));
        Assert.That(() => model.Prepare(null!), Throws.ArgumentNullException);
        state.Dispose();
        Assert.That(() => other.Prepare(state), Throws.TypeOf<ObjectDisposedException>());
    }

    private static void IsForgotten(string what, Action<SequenceModel, StreamState, Trainer> interrupt, int batch)
    {
        using SequenceModel model = Created(), expectedModel = Created();
        using var trainer = new Trainer(model, Options(batch));
        using var expectedTrainer = new Trainer(expectedModel, Options(batch));
        using StreamState state = model.CreateState(batch), expected = expectedModel.CreateState(batch);
        Models.SetState(state, 30);
        Models.SetState(expected, 30);

        model.Prepare(state);
        interrupt(model, state, trainer);
        interrupt(expectedModel, expected, expectedTrainer);

        for (int t = 0; t < 2; t++) Bits.AreEqual(Step(model, state, 40 + t), Step(expectedModel, expected, 40 + t), $"{what}: step {t}");
        Bits.AreEqual(Models.Snapshot(state), Models.Snapshot(expected), what);
    }

    private static TestCaseData Interruption(string what, Action<SequenceModel, StreamState, Trainer> interrupt) =>
        new TestCaseData(what, interrupt).SetArgDisplayNames(what);

    private static SequenceModel Created() => Models.Create(ModelSpec.Input(Inputs).Lstm(20).Gru(33).Linear(2), 5);

    private static TrainerOptions Options(int batch) => new() { SequenceLength = 4, BatchSize = batch };

    private static void Train(SequenceModel model, Trainer trainer, int seed)
    {
        int rows = 4 * trainer.State.BatchSize;
        Assert.That(trainer.Step(Numbers.Values(seed, rows * Inputs), Numbers.Values(seed + 1, rows * model.OutputSize)).Updated, Is.True);
    }

    // Not before every step: with and without take turns.
    private static void StepBoth(SequenceModel model, StreamState plain, StreamState prepared, string what)
    {
        Models.SetState(plain, 7);
        Models.SetState(prepared, 7);
        for (int t = 0; t < 7; t++)
        {
            if (t % 3 != 2) model.Prepare(prepared);
            Bits.AreEqual(Step(model, prepared, t), Step(model, plain, t), $"{what}: step {t}");
        }

        Bits.AreEqual(Models.Snapshot(prepared), Models.Snapshot(plain), $"{what}: state");
    }

    private static float[] Step(SequenceModel model, StreamState state, int seed)
    {
        float[] y = new float[state.BatchSize * model.OutputSize];
        if (model.Spec.TakesTokens) model.Step(state, Numbers.Tokens(seed, state.BatchSize, model.Spec.FirstLayerInput), y);
        else model.Step(state, Numbers.Values(seed, state.BatchSize * model.InputSize), y);
        return y;
    }
}
