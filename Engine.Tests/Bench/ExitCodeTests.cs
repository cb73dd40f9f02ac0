using System.Reflection;
using Engine.Bench;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>What Engine.Bench answers before any command measures.</summary>
[TestFixture]
[NonParallelizable]
public sealed class ExitCodeTests
{
    private static readonly string[] Commands = ["compare", "sweep", "threads", "sequence-lengths", "optimizer", "latency", "startup"];

    [TestCase]
    [TestCase("--help")]
    [TestCase("-h")]
    public void Help_succeeds_and_names_every_command(params string[] args)
    {
        (int code, string written, string complained) = Run(args);
        Assert.That(code, Is.Zero);
        foreach (string command in Commands) Assert.That(written, Does.Contain($"  {command} "));
        Assert.That(complained, Is.Empty);
    }

    [Test]
    public void An_unknown_command_gives_2_and_lists_those_there_are()
    {
        (int code, string written, string complained) = Run("comapre", "--quick");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(complained, Does.StartWith("\"comapre\" came; expected a command or an option.").And.Contains("  compare "));
        Assert.That(written, Is.Empty);
    }

    [TestCaseSource(nameof(Commands))]
    public void An_unknown_option_gives_2_and_is_named(string command)
    {
        (int code, string written, string complained) = Run(command, "--no-such-option");
        Assert.That(code, Is.EqualTo(2));
        Assert.That(complained, Does.Contain("\"--no-such-option\""));
        Assert.That(written, Is.Empty);
    }

    private static (int Code, string Written, string Complained) Run(params string[] args)
    {
        MethodInfo main = typeof(PositionalNumbers).Assembly.EntryPoint!;
        (TextWriter output, TextWriter error) = (Console.Out, Console.Error);
        using var written = new StringWriter();
        using var complained = new StringWriter();
        Console.SetOut(written);
        Console.SetError(complained);
        try
        {
            return ((int)main.Invoke(null, [args])!, written.ToString(), complained.ToString());
        }
        finally
        {
            Console.SetOut(output);
            Console.SetError(error);
        }
    }
}
