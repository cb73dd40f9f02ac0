using System.Text;

namespace Engine.Demo.Tasks;

/// <summary>
/// A small English grammar whose verbs must agree with their nouns, also across a relative clause:
/// <code>
/// sentence(n) := np(n) verb(n) "."              n: singular or plural
/// np(n)       := determiner(n) [adjective] noun(n) [relative(n)]
/// relative(n) := "that" transitive(n) simple | "that" simple(m) transitive(m)
/// verb(n)     := intransitive(n) | transitive(n) simple
/// simple(n)   := determiner(n) [adjective] noun(n)
/// </code>
/// Every sentence can be derived in one way only, so the probability of a sentence is the product of the choices made.
/// </summary>
internal static class Grammar
{
    /// <summary>All characters that occur. The full stop ends a sentence; the next one follows without a space.</summary>
    public const string Alphabet = " .abcdefghijklmnopqrstuvwxyz";

    private static readonly string[][] Determiners = [["a", "every", "this"], ["all", "many", "these"]];
    private static readonly string[][] Nouns = [["dog", "cat", "bird", "child"], ["dogs", "cats", "birds", "children"]];
    private static readonly string[][] Intransitive = [["sleeps", "sings", "waits"], ["sleep", "sing", "wait"]];
    private static readonly string[][] Transitive = [["sees", "likes", "hears"], ["see", "like", "hear"]];
    private static readonly string[] Adjectives = ["old", "small", "quiet"];

    /// <summary>Appends a random sentence, optional parts one time in three; gives −log of its probability, in nats.</summary>
    public static double Write(SmallRandom random, StringBuilder text)
    {
        double nats = 0;
        int number = Choose(2);
        Simple(number);
        if (OneInThree())
        {
            text.Append(" that ");
            if (Choose(2) == 0)
            {
                Word(Transitive[number], after: " ");
                Simple(Choose(2));
            }
            else
            {
                int other = Choose(2);
                Simple(other);
                text.Append(' ');
                Word(Transitive[other]);
            }
        }

        text.Append(' ');
        if (Choose(2) == 0)
        {
            Word(Intransitive[number]);
        }
        else
        {
            Word(Transitive[number], after: " ");
            Simple(Choose(2));
        }

        text.Append('.');
        return nats;

        void Simple(int n)
        {
            Word(Determiners[n], after: " ");
            if (OneInThree()) Word(Adjectives, after: " ");
            Word(Nouns[n]);
        }

        void Word(string[] words, string after = "") => text.Append(words[Choose(words.Length)]).Append(after);

        int Choose(int count)
        {
            nats += Math.Log(count);
            return random.Next(count);
        }

        bool OneInThree()
        {
            bool yes = random.Next(3) == 0;
            nats -= Math.Log(yes ? 1.0 / 3 : 2.0 / 3);
            return yes;
        }
    }

    /// <summary>Whether <paramref name="sentence"/>, with its full stop, belongs to the grammar.</summary>
    public static bool Accepts(string sentence)
    {
        if (!sentence.EndsWith('.')) return false;
        var reader = new Reader(sentence[..^1].Split(' '));
        if (reader.Simple() is not { } number) return false;
        if (reader.Take("that") && !reader.Relative(number)) return false;
        if (reader.Take(Intransitive[number])) return reader.AtEnd;
        return reader.Take(Transitive[number]) && reader.Simple() is not null && reader.AtEnd;
    }

    private sealed class Reader(string[] words)
    {
        private int _next;

        public bool AtEnd => _next == words.Length;

        public bool Take(params ReadOnlySpan<string> choices)
        {
            if (AtEnd || choices.IndexOf(words[_next]) < 0) return false;
            _next++;
            return true;
        }

        // The number of a determiner, adjective and noun that agree; null if they do not stand here.
        public int? Simple()
        {
            int number = Take(Determiners[0]) ? 0 : Take(Determiners[1]) ? 1 : -1;
            if (number < 0) return null;
            Take(Adjectives);
            return Take(Nouns[number]) ? number : null;
        }

        public bool Relative(int number)
        {
            if (Take(Transitive[number])) return Simple() is not null;
            return Simple() is { } other && Take(Transitive[other]);
        }
    }
}
