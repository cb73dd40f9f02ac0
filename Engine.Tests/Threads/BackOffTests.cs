using System.Diagnostics;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Threads;

/// <summary>How long a caller goes on alone after help that made it wait. Only lower bounds: a busy machine makes everything longer.</summary>
[NonParallelizable]
internal sealed class BackOffTests
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(60);

    [Test]
    public void Nobody_waits_before_the_first_penalty() => Assert.That(new BackOff(Shortest).Allows(), Is.True);

    [Test]
    public void The_first_while_is_the_shortest()
    {
        var backOff = new BackOff(Shortest);
        Assert.That(WhileAfter(ref backOff, TimeSpan.Zero), Is.GreaterThanOrEqualTo(Shortest));
    }

    [Test]
    public void Help_that_lasted_gained_too_little_if_the_wait_was_long()
    {
        var backOff = new BackOff(Shortest);
        _ = WhileAfter(ref backOff, TimeSpan.Zero);

        // Help for 1.1 times the wait: long beside the last while, longer than twice the wait only if the wait counted as help. The wait is so
        // long that a busy machine's delays do not make it twice the wait.
        var wait = TimeSpan.FromMilliseconds(500);
        Thread.Sleep(2.1 * wait);
        Assert.That(WhileAfter(ref backOff, wait), Is.GreaterThanOrEqualTo(2 * Shortest));
    }

    private static TimeSpan WhileAfter(ref BackOff backOff, TimeSpan waited)
    {
        var clock = Stopwatch.StartNew();
        backOff.Penalize((long)(waited.TotalSeconds * Stopwatch.Frequency));
        while (!backOff.Allows())
        {
        }

        return clock.Elapsed;
    }
}
