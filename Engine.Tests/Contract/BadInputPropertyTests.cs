using Engine.Kernels;
using FsCheck;
using FsCheck.Fluent;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>Random shapes and random wrong lengths: always an <see cref="ArgumentException"/>, and nothing changed.</summary>
[TestFixture]
internal sealed class BadInputPropertyTests
{
    private static readonly Config Fixed = Config.QuickThrowOnFailure.WithMaxTest(100).WithReplay(20_240_229UL, 7UL);

    /// <summary>Shape of a model and a call, and how far two lengths are off: not both right.</summary>
    private static readonly Arbitrary<Attempt> Attempts = Arb.From(
        from kind in Gen.Choose(0, Case.All(1).Count() - 1)
        from hidden in Gen.Choose(1, 20)
        from batch in Gen.Choose(1, 4)
        from steps in Gen.Choose(1, 4)
        from inputOff in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(-9, 9)))
        from outputOff in Gen.Frequency((1, Gen.Constant(0)), (3, Gen.Choose(-9, 9)))
        where inputOff != 0 || outputOff != 0
        select new Attempt(kind, hidden, batch, steps, inputOff, outputOff));

    [Test]
    public void A_training_step_with_wrong_lengths_is_refused() => AssertAlwaysRefused(static (work, attempt) =>
    {
        float[] targets = Resized(work.Targets, attempt.OutputOff);
        if (work.Model.Spec.TakesTokens) work.Trainer.Step(Resized(work.Tokens, attempt.InputOff), targets);
        else work.Trainer.Step(Resized(work.Inputs, attempt.InputOff), targets);
    });

    [Test]
    public void A_step_with_wrong_lengths_is_refused() => AssertAlwaysRefused(static (work, attempt) =>
    {
        int batch = work.State.BatchSize;
        Span<float> y = new float[Math.Max(0, (batch * work.Model.OutputSize) + attempt.OutputOff)];
        if (work.Model.Spec.TakesTokens) work.Model.Step(work.State, new int[Math.Max(0, batch + attempt.InputOff)], y);
        else work.Model.Step(work.State, new float[Math.Max(0, (batch * work.Model.InputSize) + attempt.InputOff)], y);
    });

    [Test]
    public void A_run_whose_answer_has_a_wrong_length_is_refused() => AssertAlwaysRefused(static (work, attempt) =>
    {
        float[] y = Resized(work.Outputs, attempt.OutputOff == 0 ? 1 : attempt.OutputOff);
        if (work.Model.Spec.TakesTokens) work.Model.Run(work.State, work.Tokens, y);
        else work.Model.Run(work.State, work.Inputs, y);
    });

    [Test]
    public void A_snapshot_of_a_wrong_length_is_refused() => AssertAlwaysRefused(static (work, attempt) =>
        work.State.Restore(Resized(new float[work.State.SnapshotLength], 1 + Math.Abs(attempt.InputOff))));

    private static void AssertAlwaysRefused(Action<Workload, Attempt> call) => Prop.ForAll(Attempts, attempt =>
    {
        using Workload work = attempt.Make();
        using Workload untouched = attempt.Make();
        int[] before = Everything(work);
        try
        {
            call(work, attempt);
            return false.Label("nothing was thrown");
        }
        catch (ArgumentException error)
        {
            bool same = Everything(work).AsSpan().SequenceEqual(before);
            work.Train();
            untouched.Train();
            bool goesOn = Everything(work).AsSpan().SequenceEqual(Everything(untouched));
            return same.Label("the call changed something").And(goesOn.Label("training goes on with other bits"))
                .And(error.Message.Any(char.IsAsciiDigit).Label(error.Message));
        }
    }).Check(Fixed);

    private static int[] Everything(Workload work) =>
    [
        .. Numbers.Bits(Numbers.Weights(work.Model)), .. Numbers.Bits(Numbers.Snapshot(work.State)),
        .. Numbers.Bits(Numbers.Snapshot(work.Trainer.State)), .. Numbers.Bits(work.Outputs), (int)work.Trainer.Steps,
    ];

    // Too short a result is empty, and still wrong: nothing here has length 0.
    private static T[] Resized<T>(T[] values, int off)
    {
        T[] copy = [.. values];
        Array.Resize(ref copy, Math.Max(0, values.Length + off));
        return copy;
    }

    private sealed record Attempt(int Kind, int Hidden, int Batch, int Steps, int InputOff, int OutputOff)
    {
        public Workload Make()
        {
            var work = new Workload(
                Case.All(Hidden).ElementAt(Kind).Spec, Loss.MeanSquaredError, Batch, InstructionSets.Best, steps: Steps);
            work.Train();
            work.Step();
            return work;
        }
    }
}
