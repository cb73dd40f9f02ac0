using System.Text;

namespace Engine.Demo.Tasks;

/// <summary>An endless text of sentences of the grammar, read character by character as token ids.</summary>
internal sealed class SentenceStream(SmallRandom random)
{
    // Longer than any sentence, so that the builder never grows.
    private readonly StringBuilder _sentence = new(256);
    private int _next;

    /// <summary>−log of the probability of all sentences begun so far, in nats.</summary>
    public double Nats { get; private set; }

    /// <summary>Whether the next token begins a sentence.</summary>
    public bool AtSentenceStart => _next == _sentence.Length;

    /// <summary>The next character's id.</summary>
    public int Next()
    {
        if (AtSentenceStart)
        {
            _sentence.Clear();
            _next = 0;
            Nats += Grammar.Write(random, _sentence);
        }

        return Grammar.Alphabet.IndexOf(_sentence[_next++], StringComparison.Ordinal);
    }
}
