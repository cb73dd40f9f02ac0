using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>
/// The same bits however a model is run: a stream stepped, run as a block, as a row of a batch, recorded for training or not, and
/// at every width.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SameBitsTests
{
    private static (int Inputs, int Hidden)[] Sizes { get; } =
    [
        (1, 1), (7, 8), (8, 7), (9, 16), (15, 17), (5, 24), (6, 25), (33, 31), (4, 32), (50, 33), (7, 40), (3, 41), (17, 50), (2, 64), (3, 70), (6, 90),
        (31, 128), (128, 15), (20, 150), (1, 264), (11, 176),
    ];

    private static ModelSpec[] Stacks { get; } =
    [
        ModelSpec.Input(5).Lstm(16).Lstm(16).Linear(3),
        ModelSpec.Input(1).Gru(17).Gru(17).Linear(1),
        ModelSpec.Input(9).Rnn(33).Lstm(7).Gru(31).Gru(8, GruReset.Before).Linear(50),
        ModelSpec.Input(3).Linear(17).Rnn(15, RnnActivation.Relu).Linear(128).Lstm(9),
        ModelSpec.Input(6).Gru(13, GruReset.Before).Gru(13, GruReset.Before).Linear(4, lastStepOnly: true),
        ModelSpec.Input(4).Lstm(100).Linear(65),
    ];

    private static IEnumerable<ModelSpec> StackCases => Stacks;

    [Test]
    public void Stepping_running_batches_and_recording_of_one_cell(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell)
    {
        for (int i = 0; i < Sizes.Length; i++)
        {
            // Five rows of ten steps are three blocks; 32 rows are more than one.
            (int batch, int steps) = (i % 3) switch { 0 => (5, 10), 1 => (3, 9), _ => (32, 2) };
            AllWaysAgree(ModelSpec.Input(Sizes[i].Inputs).Add(cell, Sizes[i].Hidden), set, batch, steps);
        }
    }

    [Test]
    public void Stepping_running_batches_and_recording_of_stacks(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(StackCases))] ModelSpec spec,
        [Values(1, 2, 5, 32)] int batch) =>
        AllWaysAgree(spec, set, batch, steps: batch == 32 ? 2 : 26);

    [Test]
    public void Blocks_of_any_length(
        [Values] Cell cell, [Values(1, 23, 24, 25, 48, 49)] int steps, [Values(1, 5, 12, 24, 25)] int batch) =>
        AllWaysAgree(ModelSpec.Input(2).Add(cell, 5).Linear(2), InstructionSets.Best, batch, steps);

    [Test]
    public void A_step_whose_answer_lies_over_its_input(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(8, 16, 32, 48, 50, 112)] int size,
        [Values(-9, 0, 9)] int shift, [Values] WeightFormat format)
    {
        using SequenceModel created = SequenceModel.Create(ModelSpec.Input(size).Add(cell, size), 1, Initialization.PyTorch, set);
        using SequenceModel model = created.ForInference(new() { Weights = format });
        using StreamState apart = model.CreateState();
        using StreamState over = model.CreateState();
        float[] expected = new float[size];
        float[] memory = new float[size + 18];
        for (int t = 0; t < 3; t++)
        {
            float[] x = Numbers.Values(t, size);
            x.CopyTo(memory, 9);

            model.Step(apart, x, expected);
            model.Step(over, memory.AsSpan(9, size), memory.AsSpan(9 + shift, size));

            Bits.AreEqual(memory.AsSpan(9 + shift, size).ToArray(), expected, $"step {t}");
        }
    }

    // The last block is one step, which reads its input while it writes.
    [Test]
    public void A_run_whose_answers_lie_over_its_inputs(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(8, 16, 48)] int size, [Values(0, 3)] int more,
        [Values(1, 24)] int batch)
    {
        const int Steps = 25;
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(size + more).Add(cell, size), 1, Initialization.PyTorch, set);
        using StreamState apart = model.CreateState(batch);
        using StreamState over = model.CreateState(batch);
        float[] x = Numbers.Values(1, Steps * batch * (size + more));
        float[] expected = new float[Steps * batch * size];
        model.Run(apart, x, expected);
        model.Run(over, x, x.AsSpan(0, expected.Length));
        Bits.AreEqual(x.AsSpan(0, expected.Length), expected, $"{size + more} → {size}");
    }

    [Test]
    public void Fresh_weights_at_every_width(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Initialization initialization)
    {
        ModelSpec spec = ModelSpec.Tokens(11).Embedding(9).Lstm(17).Gru(8).Rnn(33).Linear(5);
        using SequenceModel model = SequenceModel.Create(spec, 42, initialization, set);
        using SequenceModel scalar = SequenceModel.Create(spec, 42, initialization, InstructionSet.Scalar);

        Bits.AreEqual(Models.AllParameters(model), Models.AllParameters(scalar), "weights");
    }

    // What a row of a batch gives back does not depend on the other rows either.
    [Test]
    public void Gradients_of_a_row_alone_and_in_a_batch(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(1, 7, 17, 50, 90)] int hidden)
    {
        const int Batch = 5;
        const int Steps = 6;
        ModelSpec spec = ModelSpec.Input(9).Add(cell, hidden).Add(cell, hidden).Linear(3);
        using SequenceModel model = Models.Create(spec, 70, set);
        float[] x = Numbers.Values(71, Steps * Batch * 9);
        float[] dy = Numbers.Values(72, Steps * Batch * 3);
        (float[] dx, float[] dh) = Gradients(Batch, x, dy);
        for (int row = 0; row < Batch; row++)
        {
            (float[] dxAlone, float[] dhAlone) = Gradients(1, Row(x, row, Batch, 9), Row(dy, row, Batch, 3));
            Bits.AreEqual(Row(dx, row, Batch, 9), dxAlone, $"dx of row {row}");
            Bits.AreEqual(dh.AsSpan(row * hidden, hidden), dhAlone, $"dh0 of row {row}");
        }

        (float[] Dx, float[] Dh) Gradients(int batch, float[] inputs, float[] outputGradient)
        {
            using var trainer = new Trainer(model, new TrainerOptions { SequenceLength = Steps, BatchSize = batch, InputGradient = true });
            trainer.Forward(inputs);
            trainer.Backward(outputGradient);
            float[] initial = new float[batch * hidden];
            trainer.GetInitialHiddenGradient(0, initial);
            return (trainer.InputGradient.ToArray(), initial);
        }
    }

    private static void AllWaysAgree(ModelSpec spec, InstructionSet set, int batch, int steps)
    {
        using SequenceModel model = Models.Create(spec, 5, set);
        int inputs = spec.FirstLayerInput;
        int outputs = spec.OutputSize;
        float[] x = Numbers.Values(6, steps * batch * inputs);
        string what = $"{spec}, batch {batch}, {steps} steps";

        using StreamState ran = Started(model, batch);
        float[] y = new float[(spec.LastStepOnly ? 1 : steps) * batch * outputs];
        model.Run(ran, x, y);
        float[] final = Models.Snapshot(ran);

        // Stepped.
        using StreamState stepped = Started(model, batch);
        float[] each = new float[steps * batch * outputs];
        for (int t = 0; t < steps; t++)
            model.Step(stepped, x.AsSpan(t * batch * inputs, batch * inputs), each.AsSpan(t * batch * outputs, batch * outputs));
        Bits.AreEqual(each.AsSpan(each.Length - y.Length), y, $"{what}: stepped");
        Bits.AreEqual(Models.Snapshot(stepped), final, $"{what}: state after stepping");

        // Recorded.
        using var trainer = new Trainer(model, new TrainerOptions { SequenceLength = steps, BatchSize = batch });
        Models.SetState(trainer.State, 7);
        Bits.AreEqual(trainer.Forward(x), y, $"{what}: recorded");

        // Each row alone, as a block and stepped: not all of a large batch.
        for (int row = 0; row < batch; row += batch > 8 ? 11 : 1)
        {
            float[] xRow = Row(x, row, batch, inputs);
            float[] yRow = Row(y, row, batch, outputs);
            float[] finalRow = RowOfSnapshot(ran, row);
            using StreamState alone = Alone(model, batch, row);
            float[] yAlone = new float[yRow.Length];
            model.Run(alone, xRow, yAlone);
            Bits.AreEqual(yAlone, yRow, $"{what}: row {row} alone");
            Bits.AreEqual(Models.Snapshot(alone), finalRow, $"{what}: state of row {row} alone");

            using StreamState aloneStepped = Alone(model, batch, row);
            float[] yStep = new float[outputs];
            for (int t = 0; t < steps; t++)
            {
                model.Step(aloneStepped, xRow.AsSpan(t * inputs, inputs), yStep);
                if (!spec.LastStepOnly) Bits.AreEqual(yStep, yRow.AsSpan(t * outputs, outputs), $"{what}: row {row} alone, step {t}");
            }

            Bits.AreEqual(yStep, yRow.AsSpan(yRow.Length - outputs), $"{what}: row {row} alone, last step");
            Bits.AreEqual(Models.Snapshot(aloneStepped), finalRow, $"{what}: state of row {row} stepped alone");
        }

        if (set == InstructionSet.Scalar) return;

        // The narrowest width.
        using SequenceModel scalar = Models.Create(spec, 5, InstructionSet.Scalar);
        using StreamState scalarState = Started(scalar, batch);
        float[] yScalar = new float[y.Length];
        scalar.Run(scalarState, x, yScalar);
        Bits.AreEqual(y, yScalar, $"{what}: {set} against scalar");
        Bits.AreEqual(final, Models.Snapshot(scalarState), $"{what}: state, {set} against scalar");
    }

    private static StreamState Started(SequenceModel model, int batch)
    {
        StreamState state = model.CreateState(batch);
        Models.SetState(state, 7);
        return state;
    }

    // One stream that begins as a row of the batch does.
    private static StreamState Alone(SequenceModel model, int batch, int row)
    {
        using StreamState all = Started(model, batch);
        StreamState alone = model.CreateState();
        alone.Restore(RowOfSnapshot(all, row));
        return alone;
    }

    private static float[] RowOfSnapshot(StreamState state, int row)
    {
        var values = new List<float>();
        for (int layer = 0; layer < state.RecurrentLayerCount; layer++)
        {
            int size = state.HiddenSize(layer);
            values.AddRange(Models.Hidden(state, layer).AsSpan(row * size, size));
            if (state.HasCell(layer)) values.AddRange(Models.CellOf(state, layer).AsSpan(row * size, size));
        }

        return [.. values];
    }

    // One stream out of [T, B, width].
    private static float[] Row(float[] values, int row, int batch, int width) =>
        [.. values.Where((_, i) => i / width % batch == row)];
}
