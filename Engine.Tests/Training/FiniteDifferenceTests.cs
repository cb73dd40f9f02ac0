using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>The gradient of every parameter, input and initial state by finite differences.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FiniteDifferenceTests
{
    private const int Features = 3;
    private const int Hidden = 5;
    private const int Ignored = -100;

    // Further than any difference moves a relu's argument.
    private const double Kink = 1e-3;

    internal enum Head
    {
        None,
        EveryStep,
        LastStep,
    }

    internal enum LossKind
    {
        MeanSquaredError,
        CrossEntropy,
    }

    [Test]
    public void Any_loss(
        [Values] Cell cell, [Values(1, 2)] int layers, [Values(1, 2, 7)] int steps, [Values(1, 3)] int batch, [Values] Head head)
    {
        ModelSpec spec = Enumerable.Range(0, layers).Aggregate(ModelSpec.Input(Features), (stack, _) => stack.Add(cell, Hidden));
        if (head != Head.None) spec = spec.Linear(outputs: 2, lastStepOnly: head == Head.LastStep);

        AwayFromKinks(seed =>
        {
            using SequenceModel model = Models.Create(spec, seed);
            using var trainer = new Trainer(model, new TrainerOptions { SequenceLength = steps, BatchSize = batch, InputGradient = true });
            Models.SetState(trainer.State, seed + 50);
            float[] x = Numbers.Values(seed + 60, steps * batch * Features);
            int outputs = trainer.Forward(x).Length;
            float[] weights = Numbers.Values(seed + 61, outputs);
            var check = new GradientCheck(
                model, trainer.State, ReferenceModel.Doubles(x), y => y.Select((value, i) => value * weights[i]).Sum());
            if (check.NearestToKink < Kink) return false;

            trainer.Backward(weights);
            check.Compare(trainer, inputs: true);
            return true;
        });
    }

    [Test]
    public void Losses_of_the_trainer([Values] LossKind kind, [Values] LossSteps lossSteps, [Values] Head head, [Values(1, 3)] int batch)
    {
        const int Steps = 4;
        ModelSpec spec = ModelSpec.Input(Features).Lstm(Hidden).Gru(4);
        if (head != Head.None) spec = spec.Linear(outputs: 3, lastStepOnly: head == Head.LastStep);
        using SequenceModel model = Models.Create(spec, 7);
        using var trainer = new Trainer(model, new TrainerOptions
        {
            SequenceLength = Steps,
            BatchSize = batch,
            Loss = kind == LossKind.CrossEntropy ? Loss.CrossEntropy : Loss.MeanSquaredError,
            LossSteps = lossSteps,
            InputGradient = true,
        });
        Models.SetState(trainer.State, 50);
        float[] x = Numbers.Values(60, Steps * batch * Features);
        int judgedSteps = head == Head.LastStep || lossSteps == LossSteps.Last ? 1 : Steps;
        int rows = judgedSteps * batch;
        int judged = rows * model.OutputSize;

        // The second class of every three does not count; the first always does.
        int[] classes = Numbers.Tokens(62, rows, model.OutputSize);
        for (int i = 1; i < rows; i += 3) classes[i] = Ignored;
        float[] targets = Numbers.Values(63, judged);
        var check = new GradientCheck(model, trainer.State, ReferenceModel.Doubles(x), y => kind == LossKind.CrossEntropy
            ? ReferenceLosses.CrossEntropy(y[^judged..], classes, Ignored)
            : ReferenceLosses.MeanSquaredError(y[^judged..], targets));

        TrainingStep step = kind == LossKind.CrossEntropy ? trainer.Step(x, classes) : trainer.Step(x, targets);

        Assert.That((double)step.Loss, Is.EqualTo(check.Loss()).Within(1e-6 * check.Loss()));
        check.Compare(trainer, inputs: true);
        double norm = Math.Sqrt(Models.AllGradients(trainer).Sum(g => (double)g * g));
        Assert.That((double)step.GradientNorm, Is.EqualTo(norm).Within(1e-7 * norm));
    }

    [Test]
    public void Embeddings([Values] Cell cell, [Values(1, 6)] int steps, [Values(1, 3)] int batch)
    {
        ModelSpec spec = ModelSpec.Tokens(vocabulary: 7).Embedding(4).Add(cell, Hidden).Linear(outputs: 7);
        AwayFromKinks(seed =>
        {
            using SequenceModel model = Models.Create(spec, seed);
            var options = new TrainerOptions { SequenceLength = steps, BatchSize = batch, Loss = Loss.CrossEntropy };
            using var trainer = new Trainer(model, options);
            int[] tokens = Numbers.Tokens(seed + 60, steps * batch, 7);
            int[] classes = Numbers.Tokens(seed + 61, steps * batch, 7);
            var check = new GradientCheck(
                model, trainer.State, Array.ConvertAll(tokens, id => (double)id), y => ReferenceLosses.CrossEntropy(y, classes, Ignored));
            if (check.NearestToKink < Kink) return false;

            trainer.Step(tokens, classes);
            check.Compare(trainer, inputs: false);
            return true;
        });
    }

    // The first of a few seeds at which no relu is so near its kink that differences would step over it.
    private static void AwayFromKinks(Func<int, bool> runs)
    {
        for (int seed = 1000; seed < 21_000; seed += 1000)
        {
            if (runs(seed)) return;
        }

        Assert.Fail("no seed keeps all relus away from their kink.");
    }
}
