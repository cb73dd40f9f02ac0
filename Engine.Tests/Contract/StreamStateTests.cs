using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>A stream can be stopped, copied, brought back and reset, and goes on with the same bits.</summary>
[TestFixture]
internal sealed class StreamStateTests
{
    private const int Batch = 3;
    private const int Steps = 7;

    private static IEnumerable<Case> Cells => Case.Cells(17).Append(new("stack", ModelSpec.Input(3).Lstm(17).Gru(9).Linear(2)));

    [TestCaseSource(nameof(Cells))]
    public void A_new_state_is_zero(Case shape)
    {
        using SequenceModel model = SequenceModel.Create(shape.Spec);
        using StreamState state = model.CreateState(Batch);
        Assert.That(Numbers.Snapshot(state), Is.All.EqualTo(0f));
        Assert.That((state.Model, state.BatchSize), Is.EqualTo((model, Batch)));
    }

    [TestCaseSource(nameof(Cells))]
    public void After_a_restore_the_stream_goes_on_with_the_same_bits(Case shape)
    {
        using SequenceModel model = SequenceModel.Create(shape.Spec);
        using StreamState state = model.CreateState(Batch), later = model.CreateState(Batch);
        float[] x = Data(model, 1), z = Data(model, 2);
        Run(model, state, x);
        float[] snapshot = Numbers.Snapshot(state);
        int[] expected = Run(model, state, z);

        Run(model, later, z);
        later.Restore(snapshot);
        Assert.That(Run(model, later, z), Is.EqualTo(expected).AsCollection);
        state.Restore(snapshot);
        Assert.That(Run(model, state, z), Is.EqualTo(expected).AsCollection);
    }

    [TestCaseSource(nameof(Cells))]
    public void A_copy_goes_on_with_the_same_bits_and_on_its_own(Case shape)
    {
        using SequenceModel model = SequenceModel.Create(shape.Spec);
        foreach (int steps in (int[])[1, 2])
        {
            using StreamState state = model.CreateState(Batch), copy = model.CreateState(Batch);
            for (int i = 0; i < steps; i++) Step(model, state);
            state.CopyTo(copy);
            int[] before = Numbers.Bits(Numbers.Snapshot(state));
            int[] ofCopy = Run(model, copy, Data(model, 3));
            Assert.That(Numbers.Bits(Numbers.Snapshot(state)), Is.EqualTo(before).AsCollection, "the copy moved the original");
            Assert.That(Run(model, state, Data(model, 3)), Is.EqualTo(ofCopy).AsCollection);
        }
    }

    [TestCaseSource(nameof(Cells))]
    public void A_reset_begins_anew(Case shape)
    {
        using SequenceModel model = SequenceModel.Create(shape.Spec);
        using StreamState state = model.CreateState(Batch);
        int[] expected = Run(model, state, Data(model, 1));
        state.Reset();
        Assert.That(Run(model, state, Data(model, 1)), Is.EqualTo(expected).AsCollection);
    }

    [TestCaseSource(nameof(Cells))]
    public void A_reset_of_one_row_leaves_the_others_alone(Case shape)
    {
        using SequenceModel model = SequenceModel.Create(shape.Spec);
        using StreamState state = model.CreateState(Batch), untouched = model.CreateState(Batch), fresh = model.CreateState(Batch);
        foreach (StreamState each in (StreamState[])[state, untouched]) Run(model, each, Data(model, 1));
        state.ResetRow(1);
        int[][] rows = [.. ((StreamState[])[state, untouched, fresh]).Select(each => Run(model, each, Data(model, 2)))];

        int outputs = model.OutputSize;
        for (int i = 0; i < rows[0].Length; i++)
            Assert.That(rows[0][i], Is.EqualTo(rows[i / outputs % Batch == 1 ? 2 : 1][i]), $"output {i}");
    }

    [Test]
    public void Hidden_states_and_cells_come_back_as_they_were_set()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(3).Lstm(17).Linear(4).Gru(9));
        using StreamState state = model.CreateState(Batch);
        Assert.That((state.RecurrentLayerCount, state.HasCell(0), state.HasCell(1)), Is.EqualTo((2, true, false)));
        Assert.That((state.HiddenSize(0), state.HiddenSize(1), state.SnapshotLength), Is.EqualTo((17, 9, Batch * (17 + 17 + 9))));

        float[] expected = Numbers.Draw(new Random(1), state.SnapshotLength);
        state.SetHidden(0, expected.AsSpan(0, Batch * 17));
        state.SetCell(0, expected.AsSpan(Batch * 17, Batch * 17));
        state.SetHidden(1, expected.AsSpan(Batch * 34));
        Assert.That(Numbers.Snapshot(state), Is.EqualTo(expected).AsCollection);

        float[] actual = new float[expected.Length];
        state.GetHidden(0, actual.AsSpan(0, Batch * 17));
        state.GetCell(0, actual.AsSpan(Batch * 17, Batch * 17));
        state.GetHidden(1, actual.AsSpan(Batch * 34));
        Assert.That(actual, Is.EqualTo(expected).AsCollection);
    }

    [TestCaseSource(nameof(Cells))]
    public void Streams_of_one_model_on_several_threads_give_the_same_bits_as_alone(Case shape)
    {
        const int Threads = 4;
        using SequenceModel model = SequenceModel.Create(shape.Spec);
        int[][] alone = [.. Enumerable.Range(0, Threads).Select(seed => Stream(model, seed))];
        var together = new int[Threads][];
        using var start = new Barrier(Threads);
        Thread[] threads =
        [
            .. Enumerable.Range(0, Threads).Select(seed => new Thread(() =>
            {
                start.SignalAndWait();
                together[seed] = Stream(model, seed);
            })),
        ];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();
        Assert.That(together, Is.EqualTo(alone));
    }

    private static int[] Stream(SequenceModel model, int seed)
    {
        using StreamState state = model.CreateState(Batch);
        return [.. Enumerable.Range(0, 20).SelectMany(i => Run(model, state, Data(model, (100 * seed) + i)))];
    }

    private static float[] Data(SequenceModel model, int seed) => Numbers.Draw(new Random(seed), Steps * Batch * model.InputSize);

    private static int[] Run(SequenceModel model, StreamState state, float[] x)
    {
        var y = new float[Steps * Batch * model.OutputSize];
        model.Run(state, x, y);
        return Numbers.Bits(y);
    }

    private static void Step(SequenceModel model, StreamState state) =>
        model.Step(state, Data(model, 1).AsSpan(0, Batch * model.InputSize), new float[Batch * model.OutputSize]);
}
