using System.Globalization;
using Engine.Demo.Shell;

namespace Engine.Demo.Tasks;

/// <summary>
/// A symbol appears somewhere, distractors before and after it; at the end a question mark asks which symbol it was. Trained on
/// delays up to <see cref="LongestDelay"/>; the picture also tries a longer one.
/// </summary>
internal sealed class RecallTask : DemoTask
{
    /// <summary>Symbols to be recalled: ids 0 to 7.</summary>
    public const int Symbols = 8;

    /// <summary>Distractors: ids 8 to 15. The question mark is id 16.</summary>
    public const int Distractors = 8;

    /// <summary>Steps from the symbol to the question, at most, in training.</summary>
    public const int LongestDelay = 40;

    private const int Query = Symbols + Distractors;
    private const int Vocabulary = Query + 1;
    private const int Length = LongestDelay + 1;
    private const int Batch = 32;
    private const int HeldOut = 512;
    private static readonly int[] ShownDelays = [1, 10, 20, 40, 80];

    private readonly SmallRandom _random;
    private readonly int[] _tokens = new int[Length * Batch];
    private readonly int[] _classes = new int[Batch];
    private readonly int[] _testTokens = new int[Length * HeldOut];
    private readonly int[] _testClasses = new int[HeldOut];
    private int _next;

    public RecallTask(ulong seed)
    {
        _random = new(seed);
        DrawBatch(HeldOut, _testTokens, _testClasses);
    }

    public override string Name => "recall";

    public override string Title => $"Recall: one of {Symbols} symbols, {LongestDelay} steps or less ago, among distractors";

    public override string LossName => "cross-entropy (nats)";

    public override IReadOnlyList<Cell> Cells => [Cell.Lstm];

    public override int Hidden => 32;

    public override int Steps => 1200;

    public override TrainerOptions Training => new()
    {
        SequenceLength = Length,
        BatchSize = Batch,
        Loss = Loss.CrossEntropy,
        ClipNorm = 1,
        Optimizer = new() { LearningRate = 1e-2 },
    };

    public override Baseline Baseline { get; } = new($"chance, ln {Symbols}", Math.Log(Symbols));

    public override ModelSpec Describe(Cell cell, int hidden) =>
        ModelSpec.Tokens(Vocabulary).Embedding(16).Recurrent(cell, hidden).Linear(Symbols, lastStepOnly: true);

    /// <summary>
    /// Draws row <paramref name="row"/> of tokens [T, B]; gives the symbol, which stands <paramref name="delay"/> steps before the
    /// end.
    /// </summary>
    public static int Draw(SmallRandom random, int delay, int row, int batch, Span<int> tokens)
    {
        int length = tokens.Length / batch;
        for (int t = 0; t < length; t++) tokens[(t * batch) + row] = Symbols + random.Next(Distractors);
        int symbol = random.Next(Symbols);
        tokens[((length - 1 - delay) * batch) + row] = symbol;
        tokens[((length - 1) * batch) + row] = Query;
        return symbol;
    }

    public override TrainingStep Train(Trainer trainer)
    {
        DrawBatch(Batch, _tokens, _classes);
        return trainer.Step(_tokens, _classes);
    }

    public override double Evaluate(SequenceModel model)
    {
        float[] logits = Logits(model, _testTokens);
        double sum = 0;
        for (int i = 0; i < HeldOut; i++) sum += Softmax.CrossEntropy(logits.AsSpan(i * Symbols, Symbols), _testClasses[i]);
        return sum / HeldOut;
    }

    public override void Stream(SequenceModel model, StreamState state, Span<float> output)
    {
        model.Step(state, _testTokens.AsSpan(_next, 1), output);
        _next = (_next + 1) % _testTokens.Length;
    }

    public override IReadOnlyList<string> Picture(SequenceModel model, ChartStyle style, int width, int height)
    {
        var chart = new BarChart(style, width) { Title = "unseen: symbols recalled, by delay" };
        foreach (int delay in ShownDelays)
        {
            string label = delay.ToString(CultureInfo.InvariantCulture) + (delay > LongestDelay ? "*" : " ");
            chart.Add(label, Accuracy(model, delay), delay > LongestDelay ? ChartColour.Yellow : ChartColour.Green);
        }

        chart.Add("chance ", 1.0 / Symbols, ChartColour.Grey);
        chart.Footnote = "* longer than any in training";
        return chart.Render();
    }

    private void DrawBatch(int batch, Span<int> tokens, Span<int> classes)
    {
        for (int b = 0; b < batch; b++) classes[b] = Draw(_random, 1 + _random.Next(LongestDelay), b, batch, tokens);
    }

    private static double Accuracy(SequenceModel model, int delay)
    {
        var random = new SmallRandom((ulong)delay);
        int[] tokens = new int[(delay + 1) * HeldOut];
        int[] classes = new int[HeldOut];
        for (int b = 0; b < HeldOut; b++) classes[b] = Draw(random, delay, b, HeldOut, tokens);

        float[] logits = Logits(model, tokens);
        int right = 0;
        for (int b = 0; b < HeldOut; b++)
        {
            ReadOnlySpan<float> row = logits.AsSpan(b * Symbols, Symbols);
            if (Softmax.Best(row) == classes[b]) right++;
        }

        return (double)right / HeldOut;
    }

    private static float[] Logits(SequenceModel model, int[] tokens)
    {
        using StreamState state = model.CreateState(HeldOut);
        float[] logits = new float[HeldOut * Symbols];
        model.Run(state, tokens, logits);
        return logits;
    }
}
