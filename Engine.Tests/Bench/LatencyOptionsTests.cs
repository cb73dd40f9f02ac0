using Engine.Bench;
using Engine.Bench.Latency;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>The command line of the latency measurement.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class LatencyOptionsTests
{
    [Test]
    public void A_million_steps_of_one_layer_unless_said_otherwise()
    {
        LatencyOptions options = LatencyOptions.Parse([]);
        Assert.That((options.Steps, options.Cells.Single(), options.Hidden.Single(), options.JsonFile), Is.EqualTo((1_000_000, Cell.Lstm, 64, (string?)null)));
    }

    [Test]
    public void Every_option_is_read()
    {
        LatencyOptions options = LatencyOptions.Parse(["--steps", "500", "--cell", "gru,rnn", "--hidden", "8,16", "--inputs", "3", "--json", "tail.json"]);
        Assert.That(options.Steps, Is.EqualTo(500));
        Assert.That(options.Cells, Is.EqualTo([Cell.Gru, Cell.Rnn]));
        Assert.That(options.Hidden, Is.EqualTo([8, 16]));
        Assert.That(options.Inputs, Is.EqualTo(3));
        Assert.That(options.JsonFile, Is.EqualTo("tail.json"));
    }

    [Test]
    public void Quick_takes_fewer_steps_unless_they_are_named()
    {
        Assert.That(LatencyOptions.Parse(["--quick"]).Steps, Is.EqualTo(100_000));
        Assert.That(LatencyOptions.Parse(["--steps", "7", "--quick"]).Steps, Is.EqualTo(7));
    }

    [TestCase("--steps has \"0\"; expected 1 to 100000000.", "--steps", "0")]
    [TestCase("--steps has \"many\"; expected 1 to 100000000.", "--steps", "many")]
    [TestCase("--inputs has \"0\"; expected 1 to 65536.", "--inputs", "0")]
    [TestCase("--steps expects a value.", "--steps", "--quick")]
    [TestCase("--cell has \"cnn\"; expected rnn, lstm, gru.", "--cell", "cnn")]
    [TestCase("unknown option \"--svg\"; --help lists those there are.", "--svg", "file")]
    public void A_wrong_command_line_is_refused(string message, params string[] args) =>
        Assert.That(() => LatencyOptions.Parse(args), Throws.TypeOf<FormatException>().With.Message.EqualTo(message));
}
