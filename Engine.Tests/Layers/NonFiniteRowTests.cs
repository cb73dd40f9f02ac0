using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>NaN and infinities in one row of a batch stay in it: the other rows' bits do not change.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class NonFiniteRowTests
{
    private const int Steps = 5;
    private const int Features = 3;
    private const int Outputs = 2;

    [Test]
    public void In_the_inputs(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell,
        [Values(float.NaN, float.PositiveInfinity, float.NegativeInfinity)] float poison, [Values(7, 16, 33)] int hidden)
    {
        using SequenceModel model = Create(cell, hidden, set);
        foreach (int batch in new[] { 2, 3, 5, 8, 32 })
        {
            float[] clean = Numbers.Values(2, Steps * batch * Features);
            foreach (int row in new[] { 0, batch / 2, batch - 1 })
            {
                float[] dirty = [.. clean];
                dirty[(((1 * batch) + row) * Features) + 1] = poison;
                Compare(model, batch, row, state => { }, clean, dirty, mustSpread: float.IsNaN(poison));
            }
        }
    }

    [Test]
    public void In_the_state(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell,
        [Values(float.NaN, float.PositiveInfinity)] float poison)
    {
        const int Batch = 5;
        const int Hidden = 17;
        using SequenceModel model = Create(cell, Hidden, set);
        float[] x = Numbers.Values(2, Steps * Batch * Features);
        for (int row = 0; row < Batch; row++)
        {
            Compare(model, Batch, row, Poison, x, x, mustSpread: float.IsNaN(poison));

            void Poison(StreamState state)
            {
                float[] h = Models.Hidden(state, 0);
                h[(row * Hidden) + 3] = poison;
                state.SetHidden(0, h);
            }
        }
    }

    [Test]
    public void A_row_that_is_reset_is_as_good_as_new(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(1, 3)] int batch)
    {
        using SequenceModel model = Create(cell, 9, set);
        using StreamState state = model.CreateState(batch);
        float[] poison = new float[Steps * batch * Features];
        Array.Fill(poison, float.NaN);
        float[] y = new float[Steps * batch * Outputs];
        model.Run(state, poison, y);
        Assert.That(y, Is.All.NaN);
        for (int row = 0; row < batch; row++) state.ResetRow(row);

        using StreamState fresh = model.CreateState(batch);
        float[] x = Numbers.Values(3, Steps * batch * Features);
        float[] expected = new float[y.Length];
        model.Run(fresh, x, expected);
        model.Run(state, x, y);

        Bits.AreEqual(y, expected, "outputs");
        Bits.AreEqual(Models.Snapshot(state), Models.Snapshot(fresh), "state");
    }

    [Test]
    public void A_poisoned_training_step_leaves_nothing_behind(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values] bool carry)
    {
        const int Batch = 3;
        float[] dirty = Numbers.Values(4, Steps * Batch * Features);
        dirty[7] = float.NaN;
        float[] x = Numbers.Values(5, Steps * Batch * Features);
        float[] targets = Numbers.Values(6, Steps * Batch * Outputs);

        Bits.AreEqual(WeightsAfter(poisoned: true), WeightsAfter(poisoned: false), "weights");

        float[] WeightsAfter(bool poisoned)
        {
            using SequenceModel model = Create(cell, 9, set);
            using var trainer = new Trainer(model, new TrainerOptions { SequenceLength = Steps, BatchSize = Batch, CarryState = carry });
            if (poisoned) Assert.That(trainer.Step(dirty, targets).Updated, Is.False);
            for (int step = 0; step < 3; step++) Assert.That(trainer.Step(x, targets).Updated, Is.True);
            return Models.AllParameters(model);
        }
    }

    private static SequenceModel Create(Cell cell, int hidden, InstructionSet set) =>
        Models.Create(ModelSpec.Input(Features).Add(cell, hidden).Add(cell, hidden).Linear(Outputs), 1, set);

    // Runs, steps and trains clean and dirty, and compares all rows but the dirty one.
    private static void Compare(
        SequenceModel model, int batch, int dirtyRow, Action<StreamState> poison, float[] clean, float[] dirty, bool mustSpread)
    {
        string what = $"batch {batch}, row {dirtyRow}";
        (float[] y, float[] dx) expected = All(clean, state => { });
        (float[] y, float[] dx) actual = All(dirty, poison);
        for (int i = 0; i < batch; i++)
        {
            if (i == dirtyRow) continue;
            Bits.AreEqual(Row(actual.y, i, batch, Outputs), Row(expected.y, i, batch, Outputs), $"{what}: outputs of row {i}");
            Bits.AreEqual(Row(actual.dx, i, batch, Features), Row(expected.dx, i, batch, Features), $"{what}: dx of row {i}");
        }

        if (mustSpread) Assert.That(Row(actual.y, dirtyRow, batch, Outputs)[^1], Is.NaN, what);

        (float[] Y, float[] Dx) All(float[] x, Action<StreamState> change)
        {
            float[] ran = new float[Steps * batch * Outputs];
            using StreamState state = model.CreateState(batch);
            change(state);
            model.Run(state, x, ran);

            float[] stepped = new float[ran.Length];
            using StreamState stepState = model.CreateState(batch);
            change(stepState);
            for (int t = 0; t < Steps; t++)
            {
                model.Step(
                    stepState, x.AsSpan(t * batch * Features, batch * Features), stepped.AsSpan(t * batch * Outputs, batch * Outputs));
            }

            using var trainer = new Trainer(model, new TrainerOptions { SequenceLength = Steps, BatchSize = batch, InputGradient = true });
            change(trainer.State);
            float[] recorded = trainer.Forward(x).ToArray();
            trainer.Backward(Numbers.Values(9, recorded.Length));
            return ([.. ran, .. stepped, .. recorded], trainer.InputGradient.ToArray());
        }
    }

    // One stream out of [.., B, width].
    private static float[] Row(float[] values, int row, int batch, int width) => [.. values.Where((_, i) => i / width % batch == row)];
}
