using Engine.Demo.Shell;

namespace Engine.Demo.Tasks;

/// <summary>
/// The adding problem (Hochreiter and Schmidhuber 1997): every step brings a number from 0 to 1 and a marker that is set twice; at
/// the end the sum of the two marked numbers is asked for. Who forgets the first number can only answer 1.
/// </summary>
internal sealed class AddingTask : DemoTask
{
    /// <summary>Steps of a sequence.</summary>
    public const int Length = 100;

    private const int Batch = 32;
    private const int HeldOut = 512;
    private const int Features = 2;

    private readonly SmallRandom _random;
    private readonly float[] _inputs = new float[Length * Batch * Features];
    private readonly float[] _targets = new float[Batch];
    private readonly float[] _testInputs = new float[Length * HeldOut * Features];
    private readonly float[] _testTargets = new float[HeldOut];
    private int _next;

    public AddingTask(ulong seed)
    {
        _random = new(seed);
        Draw(_random, HeldOut, _testInputs, _testTargets);
        Baseline = new("always answer 1", _testTargets.Average(sum => Math.Pow(sum - 1, 2)));
    }

    public override string Name => "adding";

    public override string Title => $"Adding problem: two marked numbers among {Length}, asked for their sum";

    public override string LossName => "MSE";

    public override IReadOnlyList<Cell> Cells => [Cell.Rnn, Cell.Lstm, Cell.Gru];

    public override int Hidden => 32;

    public override int Steps => 3000;

    public override TrainerOptions Training => new()
    {
        SequenceLength = Length,
        BatchSize = Batch,
        ClipNorm = 1,
        Optimizer = new() { LearningRate = 5e-3 },
    };

    public override Baseline Baseline { get; }

    public override bool IsContrast(Cell cell) => cell == Cell.Rnn;

    public override ModelSpec Describe(Cell cell, int hidden) =>
        ModelSpec.Input(Features).Recurrent(cell, hidden).Linear(1, lastStepOnly: true);

    /// <summary>Draws sequences: inputs [T, B, 2] and their sums [B]. One mark stands in each half.</summary>
    public static void Draw(SmallRandom random, int batch, Span<float> inputs, Span<float> sums)
    {
        inputs.Clear();
        for (int b = 0; b < batch; b++)
        {
            int first = random.Next(Length / 2);
            int second = (Length / 2) + random.Next(Length / 2);
            float sum = 0;
            for (int t = 0; t < Length; t++)
            {
                int at = ((t * batch) + b) * Features;
                inputs[at] = (float)random.NextDouble();
                if (t != first && t != second) continue;
                inputs[at + 1] = 1;
                sum += inputs[at];
            }

            sums[b] = sum;
        }
    }

    public override TrainingStep Train(Trainer trainer)
    {
        Draw(_random, Batch, _inputs, _targets);
        return trainer.Step(_inputs, _targets);
    }

    public override double Evaluate(SequenceModel model)
    {
        float[] answers = Answers(model);
        double sum = 0;
        for (int i = 0; i < HeldOut; i++) sum += Math.Pow(answers[i] - _testTargets[i], 2);
        return sum / HeldOut;
    }

    public override void Stream(SequenceModel model, StreamState state, Span<float> output)
    {
        model.Step(state, _testInputs.AsSpan(_next * Features, Features), output);
        _next = (_next + 1) % (Length * HeldOut);
    }

    public override IReadOnlyList<string> Picture(SequenceModel model, ChartStyle style, int width, int height)
    {
        var chart = new LineChart(style, width, height)
        {
            Title = "unseen: answer (up) against sum (right)",
            Range = (0, 2),
            XLabels = ("0", "2"),
        };
        chart.AddPoints("one sequence each", _testTargets.AsSpan(0, 256), Answers(model).AsSpan(0, 256), (0, 2), ChartColour.Green);
        return chart.Render();
    }

    private float[] Answers(SequenceModel model)
    {
        using StreamState state = model.CreateState(HeldOut);
        float[] answers = new float[HeldOut];
        model.Run(state, _testInputs, answers);
        return answers;
    }
}
