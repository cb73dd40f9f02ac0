using System.Text;
using Engine.Demo;
using Engine.Demo.Tasks;
using NUnit.Framework;

namespace Engine.Tests.Demo;

[TestFixture]
public sealed class GrammarTests
{
    [TestCase("a dog sleeps.")]
    [TestCase("all old dogs see this quiet cat.")]
    [TestCase("every bird that sees many children sings.")]
    [TestCase("these birds that a small child hears wait.")]
    public void Sentences_are_accepted(string sentence) => Assert.That(Grammar.Accepts(sentence));

    [TestCase("")]
    [TestCase(".")]
    [TestCase("a dog sleeps")]
    [TestCase("a dogs sleep.")]
    [TestCase("a dog sleep.")]
    [TestCase("a dog  sleeps.")]
    [TestCase("a old small dog sleeps.")]
    [TestCase("a dog sleeps sleeps.")]
    [TestCase("a dog sees.")]
    [TestCase("every bird that sees many children sing.")]
    [TestCase("these birds that a small child hear wait.")]
    [TestCase("all birds all dogs.")]
    public void What_breaks_a_rule_is_not_accepted(string sentence) => Assert.That(Grammar.Accepts(sentence), Is.False);

    [Test]
    public void Every_written_sentence_is_accepted_and_its_characters_are_known()
    {
        var random = new SmallRandom(5);
        var text = new StringBuilder();
        for (int i = 0; i < 2000; i++)
        {
            text.Clear();
            Assert.That(Grammar.Write(random, text), Is.GreaterThan(0));
            Assert.That(Grammar.Accepts(text.ToString()), text.ToString());
            Assert.That(text.ToString(), Has.All.Matches<char>(c => Grammar.Alphabet.Contains(c, StringComparison.Ordinal)));
        }
    }

    [Test]
    public void The_probability_of_a_sentence_is_how_often_it_is_written()
    {
        var random = new SmallRandom(6);
        var text = new StringBuilder();
        int found = 0;
        const int Written = 200_000;
        double nats = 0;
        for (int i = 0; i < Written; i++)
        {
            text.Clear();
            double of = Grammar.Write(random, text);
            if (text.ToString() != "a dog sleeps.") continue;
            found++;
            nats = of;
        }

        // Number, determiner, no adjective, noun, no relative clause, intransitive, verb.
        Assert.That(nats, Is.EqualTo(-Math.Log(1.0 / 2 * (1.0 / 3) * (2.0 / 3) * (1.0 / 4) * (2.0 / 3) * (1.0 / 2) * (1.0 / 3))).Within(1e-12));
        Assert.That((double)found / Written, Is.EqualTo(Math.Exp(-nats)).Within(5).Percent);
    }
}
