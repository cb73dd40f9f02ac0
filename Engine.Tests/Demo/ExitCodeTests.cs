using System.Globalization;
using Engine.Demo;
using NUnit.Framework;

namespace Engine.Tests.Demo;

[TestFixture]
[NonParallelizable]
public sealed class ExitCodeTests
{
    private string _folder = "";
    private TextWriter _out = TextWriter.Null;
    private TextWriter _error = TextWriter.Null;
    private StringWriter _written = new();
    private StringWriter _complained = new();

    [SetUp]
    public void Redirect()
    {
        _folder = Directory.CreateTempSubdirectory().FullName;
        (_out, _error) = (Console.Out, Console.Error);
        (_written, _complained) = (new(), new());
        Console.SetOut(_written);
        Console.SetError(_complained);
    }

    [TearDown]
    public void Restore()
    {
        Console.SetOut(_out);
        Console.SetError(_error);
        _written.Dispose();
        _complained.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Test]
    public void Help_succeeds_and_names_every_command()
    {
        Assert.That(Run("--help"), Is.Zero);
        foreach (string word in (string[])["sine", "adding", "recall", "text", "forecast", "--cell", "--seed"])
            Assert.That(_written.ToString(), Does.Contain(word));
    }

    [Test]
    public void A_task_that_learned_too_little_gives_1() => Assert.That(Run("recall --plain --steps 1 --hidden 4"), Is.EqualTo(1));

    [Test]
    public void A_task_that_beats_its_baseline_gives_0_and_plain_output_is_plain()
    {
        Assert.That(Run("sine --plain --steps 150 --hidden 16"), Is.Zero);
        string text = _written.ToString().ReplaceLineEndings("\n");
        Assert.That(text, Has.None.Matches<char>(c => c != '\n' && (char.IsControl(c) || !char.IsAscii(c))));
        string[] lines = text.Split('\n');
        Assert.That(lines.Where(line => line.Length > 80 && line.Contains('|')), Is.Empty, "charts and tables fit a page");
        Assert.That(lines, Has.One.StartsWith("sine gru: MSE").And.EndsWith(": beats the baseline"), "a result stays on one line");
    }

    [TestCase("--no-such-option")]
    [TestCase("sine --cell transformer")]
    [TestCase("sine --hidden 0")]
    [TestCase("adding --save never-written.safetensors")]
    [TestCase("forecast")]
    [TestCase("forecast --csv /no/such/file.csv --column x")]
    [TestCase("forecast --csv . --column x")]
    [TestCase("forecast --csv x --column x --horizon 0")]
    [TestCase("forecast --csv x --model a --save b")]
    [TestCase("forecast --csv x --model /no/such/model")]
    public void Wrong_use_gives_2_and_a_message_without_a_stack_trace(string arguments)
    {
        Assert.That(Run(arguments + " --plain"), Is.EqualTo(2));
        Assert.That(_complained.ToString(), Is.Not.Empty.And.Not.Contains("   at "));
    }

    [Test]
    public void A_constant_column_gives_2()
    {
        Assert.That(Run($"forecast --plain --csv {Write(_ => 5)} --column x"), Is.EqualTo(2));
        Assert.That(_complained.ToString(), Does.Contain("does not change"));
    }

    [Test]
    public void A_forecast_succeeds_and_beats_persistence_where_there_is_a_rhythm()
    {
        Assert.That(Run($"forecast --plain --csv {Write(t => 20 + (5 * Math.Sin(t * Math.Tau / 12)))} --column x --steps 200"), Is.Zero);
        Assert.That(_written.ToString(), Does.Contain("The model beats persistence"));
    }

    [Test]
    public void A_saved_forecast_comes_back_the_same_and_only_for_its_column_and_horizon()
    {
        string csv = Write(t => 20 + (5 * Math.Sin(t * Math.Tau / 12)));
        string model = Path.Combine(_folder, "model");
        Assert.That(Run($"forecast --plain --csv {csv} --column x --horizon 2 --steps 60 --save {model}"), Is.Zero);
        string[] trained = Table();
        Assert.That(Run($"forecast --plain --csv {csv} --model {model}"), Is.Zero);
        Assert.That(Table(), Is.EqualTo(trained));
        Assert.That(Run($"forecast --plain --csv {csv} --model {model} --horizon 3"), Is.EqualTo(2));
        Assert.That(Run($"forecast --plain --csv {csv} --model {model} --column other"), Is.EqualTo(2));

        string[] Table()
        {
            string[] lines = [.. _written.ToString().Split('\n').Where(line => line.StartsWith('|'))];
            _written.GetStringBuilder().Clear();
            return lines;
        }
    }

    // In full: the benchmark runner's command line library has a namespace of that name.
    private static int Run(string arguments) => Engine.Demo.CommandLine.Run(arguments.Split(' '));

    private string Write(Func<int, double> value)
    {
        string path = Path.Combine(_folder, "series.csv");
        File.WriteAllLines(path, [
            "date,x,other",
            .. Enumerable.Range(0, 300).Select(t => string.Create(
                CultureInfo.InvariantCulture, $"{new DateTime(2020, 1, 1).AddDays(t):yyyy-MM-dd},{value(t):0.####},1"))]);
        return path;
    }
}
