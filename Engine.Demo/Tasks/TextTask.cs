using System.Globalization;
using System.Text;
using Engine.Demo.Shell;
using Spectre.Console;

namespace Engine.Demo.Tasks;

/// <summary>
/// Learns the grammar character by character from endless texts, one per row, the state carried from step to step (truncated
/// backpropagation), and writes sentences of its own.
/// </summary>
internal sealed class TextTask : DemoTask
{
    private const int Window = 50;
    private const int Batch = 32;
    private const int HeldOutSentences = 400;
    private const int Written = 200;
    private const int Shown = 5;
    private const int LongestSentence = 200;

    private static readonly int Vocabulary = Grammar.Alphabet.Length;
    private static readonly int FullStop = Grammar.Alphabet.IndexOf('.', StringComparison.Ordinal);

    private readonly SentenceStream[] _rows = new SentenceStream[Batch];
    private readonly int[] _last = new int[Batch];
    private readonly int[] _tokens = new int[Window * Batch];
    private readonly int[] _classes = new int[Window * Batch];
    private readonly int[] _heldOut;
    private readonly Bigrams _bigrams;
    private int _next;

    public TextTask(ulong seed)
    {
        var random = new SmallRandom(seed);
        _bigrams = new(Text(random, 4 * HeldOutSentences, out _), Vocabulary);
        _heldOut = Text(random, HeldOutSentences, out double nats);
        Baseline = new("bigrams", _bigrams.CrossEntropy(_heldOut));
        Floor = new("entropy of the grammar", nats / (_heldOut.Length - 1));

        Array.Fill(_last, FullStop);
        for (int b = 0; b < Batch; b++) _rows[b] = new(random);
    }

    public override string Name => "text";

    public override string Title => "Text: a small grammar with agreement, character by character";

    public override string LossName => "cross-entropy (nats per character)";

    public override IReadOnlyList<Cell> Cells => [Cell.Lstm];

    public override int Hidden => 64;

    public override int Steps => 2000;

    public override TrainerOptions Training => new()
    {
        SequenceLength = Window,
        BatchSize = Batch,
        Loss = Loss.CrossEntropy,
        ClipNorm = 1,
        CarryState = true,
        Optimizer = new() { LearningRate = 1e-2 },
    };

    public override Baseline Baseline { get; }

    public override Baseline Floor { get; }

    public override bool WidePicture => true;

    public override ModelSpec Describe(Cell cell, int hidden) =>
        ModelSpec.Tokens(Vocabulary).Embedding(16).Recurrent(cell, hidden).Linear(Vocabulary);

    public override TrainingStep Train(Trainer trainer)
    {
        for (int b = 0; b < Batch; b++)
        {
            for (int t = 0; t < Window; t++)
            {
                _tokens[(t * Batch) + b] = _last[b];
                _classes[(t * Batch) + b] = _last[b] = _rows[b].Next();
            }
        }

        return trainer.Step(_tokens, _classes);
    }

    public override double Evaluate(SequenceModel model)
    {
        using StreamState state = model.CreateState();
        int count = _heldOut.Length - 1;
        float[] logits = new float[count * Vocabulary];
        model.Run(state, _heldOut.AsSpan(0, count), logits);

        double sum = 0;
        for (int i = 0; i < count; i++) sum += Softmax.CrossEntropy(logits.AsSpan(i * Vocabulary, Vocabulary), _heldOut[i + 1]);
        return sum / count;
    }

    public override void Stream(SequenceModel model, StreamState state, Span<float> output)
    {
        model.Step(state, _heldOut.AsSpan(_next, 1), output);
        _next = (_next + 1) % _heldOut.Length;
    }

    public override IReadOnlyList<string> Picture(SequenceModel model, ChartStyle style, int width, int height)
    {
        List<string> written = WriteWith(model);
        List<string> byBigrams = WriteWith(_bigrams);
        List<string> lines = ["written by the trained model:"];
        foreach (string sentence in written.Take(Shown))
        {
            bool accepted = Grammar.Accepts(sentence);
            string text = sentence.Length > width - 9 ? sentence[..(width - 12)] + "..." : sentence;
            lines.Add((accepted ? $"  [green]{style.Tick}[/]  " : $"  [red]{style.Cross}[/]  ") + Markup.Escape(text));
        }

        lines.Add($"sentences that the grammar accepts: [bold]{Share(written)}[/] of {Written}; written by bigrams {Share(byBigrams)}");
        lines.Add("by bigrams: " + Markup.Escape(byBigrams[0].Length > width - 12 ? byBigrams[0][..(width - 15)] + "..." : byBigrams[0]));
        return lines;
    }

    private static string Share(List<string> sentences) =>
        ((double)sentences.Count(Grammar.Accepts) / sentences.Count).ToString("P0", CultureInfo.InvariantCulture);

    private static List<string> WriteWith(SequenceModel model)
    {
        using StreamState state = model.CreateState();
        float[] logits = new float[Vocabulary];
        int[] token = new int[1];
        return Write(last =>
        {
            token[0] = last;
            model.Step(state, token, logits);
            return logits;
        });
    }

    private static List<string> WriteWith(Bigrams bigrams) => Write(last => bigrams.After(last).ToArray());

    private static List<string> Write(Func<int, float[]> after)
    {
        var random = new SmallRandom(1);
        var text = new StringBuilder();
        List<string> sentences = [];
        int last = FullStop;
        while (sentences.Count < Written)
        {
            last = Softmax.Sample(after(last), random);
            text.Append(Grammar.Alphabet[last]);
            if (last != FullStop && text.Length < LongestSentence) continue;
            sentences.Add(text.ToString());
            text.Clear();
        }

        return sentences;
    }

    // The text begins with a full stop, after which the first sentence begins.
    private static int[] Text(SmallRandom random, int sentences, out double nats)
    {
        var stream = new SentenceStream(random);
        List<int> text = [FullStop];
        for (int i = 0; i < sentences; i++)
        {
            do
            {
                text.Add(stream.Next());
            }
            while (!stream.AtSentenceStart);
        }

        nats = stream.Nats;
        return [.. text];
    }
}
