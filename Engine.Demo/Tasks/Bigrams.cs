namespace Engine.Demo.Tasks;

/// <summary>The baseline of the text task: how often each character follows each other one, counted (plus one) in a text.</summary>
internal sealed class Bigrams
{
    private readonly float[] _logits;
    private readonly int _vocabulary;

    public Bigrams(ReadOnlySpan<int> text, int vocabulary)
    {
        _vocabulary = vocabulary;
        int[] counts = new int[vocabulary * vocabulary];
        Array.Fill(counts, 1);
        for (int i = 1; i < text.Length; i++) counts[(text[i - 1] * vocabulary) + text[i]]++;
        _logits = Array.ConvertAll(counts, count => MathF.Log(count));
    }

    /// <summary>Log of the counts of what follows <paramref name="token"/>.</summary>
    public ReadOnlySpan<float> After(int token) => _logits.AsSpan(token * _vocabulary, _vocabulary);

    /// <summary>Mean cross-entropy of a text, in nats per character.</summary>
    public double CrossEntropy(ReadOnlySpan<int> text)
    {
        double sum = 0;
        for (int i = 1; i < text.Length; i++) sum += Softmax.CrossEntropy(After(text[i - 1]), text[i]);
        return sum / (text.Length - 1);
    }
}
