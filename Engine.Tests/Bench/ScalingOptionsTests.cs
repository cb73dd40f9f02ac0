using Engine.Bench;
using Engine.Bench.Scaling;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>The command line of the measurement of threads.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class ScalingOptionsTests
{
    [Test]
    public void Two_threads_and_gated_cells_unless_said_otherwise()
    {
        ScalingOptions options = ScalingOptions.Parse([]);
        Assert.That((options.Threads, options.Quick, options.JsonFile), Is.EqualTo((2, false, (string?)null)));
        Assert.That(options.Cells, Is.EqualTo([Cell.Lstm, Cell.Gru]));
    }

    [Test]
    public void Every_option_is_read()
    {
        ScalingOptions options = ScalingOptions.Parse(["--threads", "4", "--cell", "rnn", "--quick", "--json", "threads.json"]);
        Assert.That((options.Threads, options.Quick, options.JsonFile), Is.EqualTo((4, true, "threads.json")));
        Assert.That(options.Cells, Is.EqualTo([Cell.Rnn]));
        Assert.That(ScalingOptions.Parse(["--help"]).WantsHelp, Is.True);
    }

    [TestCase("--threads has \"1\"; expected 2 to 64.", "--threads", "1")]
    [TestCase("--threads has \"many\"; expected 2 to 64.", "--threads", "many")]
    [TestCase("--cell expects a value.", "--cell")]
    [TestCase("--cell has \",\"; expected a list separated by commas.", "--cell", ",")]
    [TestCase("unknown option \"--hidden\"; --help lists those there are.", "--hidden", "8")]
    public void A_wrong_command_line_is_refused(string message, params string[] args) =>
        Assert.That(() => ScalingOptions.Parse(args), Throws.TypeOf<FormatException>().With.Message.EqualTo(message));

    [Test]
    public void Shared_work_is_the_same_bits([Values] SharedWork work)
    {
        var sizes = new ScalingCase(work, Cell.Gru, 64, work == SharedWork.Step ? 1 : 32);
        using ScalingRunner one = new(sizes, 1), shared = new(sizes, 2);
        Assert.That(shared.Result(), Is.EqualTo(one.Result()).AsCollection);
    }
}
