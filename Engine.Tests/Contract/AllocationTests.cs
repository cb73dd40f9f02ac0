using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>
/// Nothing is allocated after construction. One call warms up: the JIT and the type system may allocate on the first call of a
/// method, never afterwards.
/// </summary>
[TestFixture]
internal sealed class AllocationTests
{
    private const int Hidden = 17;
    private const int LargerHidden = 150;
    private const int Repetitions = 20;

    private static readonly int[] BatchSizes = [1, 3, 32];

    private static IEnumerable<TestCaseData> Everything =>
        from set in Case.InstructionSets
        from shape in Case.All(Hidden)
        select new TestCaseData(shape, set);

    private static IEnumerable<TestCaseData> LargerCells =>
        from set in Case.InstructionSets
        from shape in Case.Cells(LargerHidden)
        select new TestCaseData(shape, set);

    /// <summary>
    /// At some moment early in a process the runtime takes the thread's allocation window away, and counts what was left of it. That
    /// falls into another call each time, so what a call allocates itself is the least of several runs.
    /// </summary>
    [Test]
    public void The_very_first_calls_of_a_process_allocate_nothing()
    {
        const int MostRuns = 20;
        string[] none = ["Step 0", "Run 0", "Trainer.Step 0"];
        var seen = new HashSet<string>();
        for (int run = 0; run < MostRuns && !seen.IsSupersetOf(none); run++) seen.UnionWith(ChildProcess.Run(Program.FirstCallsCommand));

        Assert.That(seen, Is.SupersetOf(none));
    }

    [TestCaseSource(nameof(Everything))]
    public void Running_allocates_nothing(Case shape, InstructionSet set)
    {
        foreach (int batch in BatchSizes)
        {
            using var work = new Workload(shape.Spec, Loss.MeanSquaredError, batch, set);
            AssertAllocatesNothing($"Step, batch {batch}", work.Step);
            AssertAllocatesNothing($"Prepare and Step, batch {batch}", work.PrepareAndStep);
            AssertAllocatesNothing($"Run, batch {batch}", work.Run);
        }
    }

    /// <summary>Larger layers go other ways: a block of one stream two steps at a time.</summary>
    [TestCaseSource(nameof(LargerCells))]
    public void Larger_cells_allocate_nothing(Case shape, InstructionSet set)
    {
        using var work = new Workload(shape.Spec, Loss.MeanSquaredError, batch: 1, set);
        AssertAllocatesNothing("Step", work.Step);
        AssertAllocatesNothing("Prepare and Step", work.PrepareAndStep);
        AssertAllocatesNothing("Run", work.Run);
        AssertAllocatesNothing("training step", () => Assume(work.Train().Updated));
    }

    [TestCaseSource(nameof(Everything))]
    public void Running_with_smaller_weights_allocates_nothing(Case shape, InstructionSet set)
    {
        foreach (WeightFormat format in Enum.GetValues<WeightFormat>())
        {
            foreach (int batch in BatchSizes)
            {
                using var work = new Workload(shape.Spec, Loss.MeanSquaredError, batch, set);
                using SequenceModel small = work.Model.ForInference(new InferenceOptions { Weights = format });
                using StreamState state = small.CreateState(batch);
                AssertAllocatesNothing($"{format}, Step, batch {batch}", () => work.Step(small, state));
                AssertAllocatesNothing($"{format}, Prepare and Step, batch {batch}", () =>
                {
                    small.Prepare(state);
                    work.Step(small, state);
                });
                AssertAllocatesNothing($"{format}, Run, batch {batch}", () => work.Run(small, state));
            }
        }
    }

    [TestCaseSource(nameof(Everything))]
    public void Training_allocates_nothing(Case shape, InstructionSet set)
    {
        foreach (int batch in BatchSizes)
        {
            foreach (Loss loss in Enum.GetValues<Loss>())
            {
                using var work = new Workload(shape.Spec, loss, batch, set);
                AssertAllocatesNothing($"{loss} step, batch {batch}", () => Assume(work.Train().Updated));
                AssertAllocatesNothing($"{loss} evaluation, batch {batch}", () => work.Evaluate());
                AssertAllocatesNothing($"pieces of a step, batch {batch}", () => Assume(work.TrainInPieces().Updated));
            }
        }
    }

    [TestCaseSource(nameof(Options))]
    public void No_option_of_training_allocates(TrainerOptions options)
    {
        using var work = new Workload(Case.Cells(Hidden)[2].Spec, options.Loss, 3, InstructionSets.Best, options);
        AssertAllocatesNothing("step", () => Assume(work.Train().Updated));
    }

    [TestCaseSource(nameof(Everything))]
    public void Reading_gradients_and_weights_allocates_nothing(Case shape, InstructionSet set)
    {
        using var work = new Workload(shape.Spec, Loss.MeanSquaredError, 3, set);
        work.Train();
        string name = work.Model.Parameters[^1].Name;
        var values = new float[work.Model.Parameters[^1].Count];
        AssertAllocatesNothing("GetGradient", () => work.Trainer.GetGradient(name, values));
        AssertAllocatesNothing("GetParameter", () => work.Model.GetParameter(name, values));
        AssertAllocatesNothing("SetParameter", () => work.Model.SetParameter(name, values));
    }

    [TestCaseSource(nameof(Everything))]
    public void Using_a_state_allocates_nothing(Case shape, InstructionSet set)
    {
        foreach (int batch in BatchSizes)
        {
            using var work = new Workload(shape.Spec, Loss.MeanSquaredError, batch, set);
            using StreamState other = work.Model.CreateState(batch);
            var snapshot = new float[work.State.SnapshotLength];
            AssertAllocatesNothing("Save", () => work.State.Save(snapshot));
            AssertAllocatesNothing("Restore", () => work.State.Restore(snapshot));
            AssertAllocatesNothing("CopyTo", () => work.State.CopyTo(other));
            AssertAllocatesNothing("Reset", work.State.Reset);
            AssertAllocatesNothing("ResetRow", () => work.State.ResetRow(batch - 1));
            for (int layer = 0; layer < work.State.RecurrentLayerCount; layer++)
            {
                int index = layer;
                var values = new float[batch * work.State.HiddenSize(layer)];
                AssertAllocatesNothing("GetHidden", () => work.State.GetHidden(index, values));
                AssertAllocatesNothing("SetHidden", () => work.State.SetHidden(index, values));
                AssertAllocatesNothing("GetInitialHiddenGradient", InitialGradient(work, index, values, cell: false));
                if (!work.State.HasCell(layer)) continue;
                AssertAllocatesNothing("GetCell", () => work.State.GetCell(index, values));
                AssertAllocatesNothing("SetCell", () => work.State.SetCell(index, values));
                AssertAllocatesNothing("GetInitialCellGradient", InitialGradient(work, index, values, cell: true));
            }
        }
    }

    [Test]
    public void Borrowing_and_returning_a_pooled_state_allocates_nothing()
    {
        using SequenceModel model = SequenceModel.Create(Case.Cells(Hidden)[2].Spec);
        var pool = new StreamStatePool(model, batchSize: 3, maximumRetained: 4);
        StreamState[] borrowed = new StreamState[4];
        AssertAllocatesNothing("Get and Return", () =>
        {
            for (int i = 0; i < borrowed.Length; i++) borrowed[i] = pool.Get();
            for (int i = 0; i < borrowed.Length; i++) pool.Return(borrowed[i]);
        });
    }

    [Test]
    public void The_measure_sees_the_smallest_object()
    {
        object? kept = null;
        Assert.That(() => AssertAllocatesNothing("new object", () => kept = new object()), Throws.TypeOf<AllocationException>());
        Assert.That(kept, Is.Not.Null);
    }

    private static IEnumerable<TrainerOptions> Options()
    {
        TrainerOptions plain = new() { SequenceLength = 1, BatchSize = 1 };
        yield return plain;
        yield return plain with { ClipValue = 0.1 };
        yield return plain with { ClipNorm = 0.1, ClipNormKind = NormKind.Infinity };
        yield return plain with { InputGradient = true };
        yield return plain with { CarryState = true, Loss = Loss.CrossEntropy };
        yield return plain with { SegmentLength = 1 };
        yield return plain with { SegmentLength = 2, CarryState = true, InputGradient = true };
    }

    private static Action InitialGradient(Workload work, int layer, float[] values, bool cell)
    {
        work.Train();
        return cell
            ? () => work.Trainer.GetInitialCellGradient(layer, values)
            : () => work.Trainer.GetInitialHiddenGradient(layer, values);
    }

    private static void Assume(bool updated)
    {
        if (!updated) throw new InvalidOperationException("the step made no update, so it did not do the work to be measured.");
    }

    // A background collection would count the rest of the thread's allocation quantum as used: the project file turns it off.
    private static void AssertAllocatesNothing(string what, Action action)
    {
        action();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Repetitions; i++) action();
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        if (allocated != 0) throw new AllocationException($"{what}: {allocated} bytes in {Repetitions} calls; expected 0.");
    }

    private sealed class AllocationException(string message) : Exception(message);
}
