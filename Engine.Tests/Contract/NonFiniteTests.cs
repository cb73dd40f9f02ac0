using Engine.Kernels;
using Engine.Layout;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>
/// A batch with a number that is none is reported with tensor and time step, and training goes on as if it had never come.
/// </summary>
[TestFixture(null)]
[TestFixture(1)]
[TestFixture(4)]
internal sealed class NonFiniteTests(int? segmentLength)
{
    private const int Steps = 6;
    private const int Batch = 3;
    private const int Features = 2;
    private const int Hidden = 9;
    private const int Outputs = 2;

    private static readonly float[] BadNumbers = [float.NaN, float.PositiveInfinity, float.NegativeInfinity];

    private static IEnumerable<TestCaseData> Everywhere =>
        from shape in Case.Cells(Hidden).Concat(Case.Compositions(Hidden)).Where(shape => !shape.Spec.TakesTokens)
        from bad in BadNumbers
        from t in (int[])[0, 2, Steps - 1]
        select new TestCaseData(shape, bad, t);

    [TestCaseSource(nameof(Everywhere))]
    public void A_bad_input_is_named_with_its_time_step(Case shape, float bad, int t)
    {
        AssertSkipped(shape.Spec, work =>
        {
            float[] inputs = [.. work.Inputs];
            inputs[(((t * Batch) + 1) * shape.Spec.FirstLayerInput) + 1] = bad;
            return work.Trainer.Step(inputs, work.Targets);
        }, new("input", t));
    }

    [TestCaseSource(nameof(Everywhere))]
    public void A_bad_target_is_named_with_its_time_step(Case shape, float bad, int t)
    {
        bool last = shape.Spec.LastStepOnly;
        AssertSkipped(shape.Spec, work =>
        {
            float[] targets = [.. work.Targets];
            targets[((last ? 0 : t * Batch) + 2) * shape.Spec.OutputSize] = bad;
            return work.Trainer.Step(work.Inputs, targets);
        }, new("target", last ? Steps - 1 : t));
    }

    /// <summary>Its square would be infinite in Adam's second moment, and the weight would never move again.</summary>
    [TestCase(2e18f, null)]
    [TestCase(1e30f, 1e25)]
    public void A_gradient_whose_square_is_none_is_refused(float size, double? clipValue)
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Linear(1));
        using var trainer = new Trainer(model, new() { SequenceLength = 1, BatchSize = 1, ClipValue = clipValue });
        float[] before = Numbers.Weights(model);
        trainer.Forward([1f]);
        trainer.Backward([size]);
        TrainingStep step = trainer.Update();
        Assert.That((step.Updated, step.NonFinite?.Tensor), Is.EqualTo((false, "gradient of linear.weight")));
        Assert.That(Numbers.Weights(model), Is.EqualTo(before).AsCollection);
    }

    [Test]
    public void A_large_gradient_that_clipping_makes_small_is_no_trouble()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Linear(1));
        using var trainer = new Trainer(model, new() { SequenceLength = 1, BatchSize = 1, ClipNorm = 1 });
        trainer.Forward([1f]);
        trainer.Backward([1e30f]);
        Assert.That(trainer.Update().Updated);
        Assert.That(Numbers.Weights(model), Has.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void The_earliest_bad_input_is_the_one_named() => AssertSkipped(Lstm(), work =>
    {
        float[] inputs = [.. work.Inputs];
        inputs[^1] = float.NaN;
        inputs[3 * Batch * Features] = float.NaN;
        return work.Trainer.Step(inputs, work.Targets);
    }, new("input", 3));

    [Test]
    public void A_bad_initial_state_is_named([ValueSource(nameof(BadNumbers))] float number, [Values(4, Batch * Hidden)] int index) =>
        AssertSkipped(Lstm(), work =>
        {
            // The index is a hidden state's, or a cell's.
            float[] good = Numbers.Snapshot(work.Trainer.State);
            float[] bad = [.. good];
            bad[index] = number;
            work.Trainer.State.Restore(bad);
            TrainingStep step = work.Train();
            int[] kept = Numbers.Bits(Numbers.Snapshot(work.Trainer.State));
            Assert.That(kept, Is.EqualTo(Numbers.Bits(bad)).AsCollection, "the state was replaced");
            work.Trainer.State.Restore(good);
            return step;
        }, new("lstm.l0 initial state", 0));

    [Test]
    public void A_loss_beyond_floats_is_named() => AssertSkipped(Lstm(), work =>
    {
        float[] targets = [.. work.Targets];
        targets[5] = 1e30f;
        return work.Trainer.Step(work.Inputs, targets);
    }, new("loss", null));

    [Test]
    public void Outputs_beyond_floats_are_named_with_layer_and_time_step() => AssertSkipped(ReluRnn(), work =>
    {
        float[] weights = Numbers.Parameter(work.Model, "rnn.weight_ih_l0");
        float[] great = [.. weights.Select(weight => MathF.CopySign(1e30f, weight))];
        work.Model.SetParameter("rnn.weight_ih_l0", great);
        float[] inputs = new float[work.Inputs.Length];
        inputs.AsSpan(4 * Batch * Features, Features).Fill(1e30f);
        TrainingStep step = work.Trainer.Step(inputs, work.Targets);
        work.Model.SetParameter("rnn.weight_ih_l0", weights);
        return step;
    }, new("rnn.l0 output", 4));

    [Test]
    public void A_gradient_beyond_floats_is_named_by_its_parameter() => AssertSkipped(ModelSpec.Input(Features).Linear(Outputs), work =>
    {
        // y stays small, its error is 1e12, and error × input is 1e42.
        float[] weights = Numbers.Parameter(work.Model, "linear.weight");
        work.Model.SetParameter("linear.weight", new float[weights.Length]);
        float[] inputs = [.. work.Inputs];
        float[] targets = [.. work.Targets];
        inputs[0] = 1e30f;
        targets[0] = 1e12f;
        TrainingStep step = work.Trainer.Step(inputs, targets);
        Assert.That(float.IsFinite(step.Loss), Is.True);
        work.Model.SetParameter("linear.weight", weights);
        return step;
    }, new("gradient of linear.weight", null));

    [TestCase(0)]
    [TestCase(3)]
    [TestCase(Steps - 1)]
    public void A_bad_gradient_of_ones_own_loss_is_named_with_its_time_step(int t) => AssertSkipped(GruAlone(), work =>
    {
        work.Trainer.Forward(work.Inputs);
        float[] gradient = [.. work.OutputGradient];
        gradient[t * Batch * Hidden] = float.NaN;
        work.Trainer.Backward(gradient);
        return work.Trainer.Update();
    }, new("gradient of gru.weight_ih_l0", t));

    [Test]
    public void Cross_entropy_names_a_bad_input_too() => AssertSkipped(Lstm(), work =>
    {
        float[] inputs = [.. work.Inputs];
        inputs[2 * Batch * Features] = float.NaN;
        return work.Trainer.Step(inputs, work.Classes);
    }, new("input", 2), Loss.CrossEntropy);

    [Test]
    public void A_bad_weight_is_named_by_the_layer_it_spoils() => AssertSkipped(Lstm(), work =>
    {
        // SetParameter refuses it, so it is written where a defect of memory would.
        Parameter bias = work.Model.PackedParameters.Single(parameter => parameter.Name == "linear.bias");
        float before = work.Model.Weights.Span[bias.Offset];
        work.Model.Weights.Span[bias.Offset] = float.NaN;
        TrainingStep step = work.Train();
        work.Model.Weights.Span[bias.Offset] = before;
        return step;
    }, new("linear output", 0));

    [Test]
    public void The_report_reads_as_a_sentence()
    {
        Assert.That(new NonFinite("input", 3).ToString(), Is.EqualTo("input at time step 3"));
        Assert.That(new NonFinite("loss", null).ToString(), Is.EqualTo("loss"));
    }

    private static ModelSpec Lstm() => ModelSpec.Input(Features).Lstm(Hidden).Linear(Outputs);

    private static ModelSpec ReluRnn() => ModelSpec.Input(Features).Rnn(Hidden, RnnActivation.Relu);

    private static ModelSpec GruAlone() => ModelSpec.Input(Features).Gru(Hidden);

    private void AssertSkipped(
        ModelSpec spec, Func<Workload, TrainingStep> spoil, NonFinite expected, Loss loss = Loss.MeanSquaredError)
    {
        using Workload work = Make(spec, loss), never = Make(spec, loss);
        TrainingStep step = spoil(work);
        Assert.That(step.Updated, Is.False);
        Assert.That(step.NonFinite, Is.EqualTo(expected));
        Assert.That(Bits(work), Is.EqualTo(Bits(never)).AsCollection, "weights, state or steps changed");

        // Adam's moments show in the weights that come of them.
        for (int i = 0; i < 3; i++)
        {
            Assert.That(work.Train(), Is.EqualTo(never.Train()));
            Assert.That(Bits(work), Is.EqualTo(Bits(never)).AsCollection, $"differs {i + 1} steps later");
        }
    }

    private Workload Make(ModelSpec spec, Loss loss)
    {
        var work = new Workload(
            spec, loss, Batch, InstructionSets.Best, Workload.Options with { SegmentLength = segmentLength }, steps: Steps);
        for (int i = 0; i < 2; i++) work.Train();
        return work;
    }

    private static int[] Bits(Workload work) =>
        [.. Numbers.Bits(Numbers.Weights(work.Model)), .. Numbers.Bits(Numbers.Snapshot(work.Trainer.State)), (int)work.Trainer.Steps];
}
