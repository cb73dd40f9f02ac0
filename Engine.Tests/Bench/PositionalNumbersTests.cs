using Engine.Bench;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>The command line of commands that take whole numbers.</summary>
internal sealed class PositionalNumbersTests
{
    [Test]
    public void What_is_not_said_stays()
    {
        int[] values = [1, 2, 3];
        Assert.That(PositionalNumbers.Read(["7", "8"], "usage", values), Is.Null);
        Assert.That(values, Is.EqualTo([7, 8, 3]));
    }

    [TestCase(2, "0")]
    [TestCase(2, "-1")]
    [TestCase(2, "many")]
    [TestCase(2, "1", "2", "3")]
    [TestCase(0, "--help")]
    public void Anything_else_ends_the_command(int exitCode, params string[] args) =>
        Assert.That(PositionalNumbers.Read(args, "usage", new int[2]), Is.EqualTo(exitCode));
}
