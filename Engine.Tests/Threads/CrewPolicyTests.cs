using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Threads;

/// <summary>What is worth sharing depends on how long handing over takes, within limits.</summary>
[NonParallelizable]
internal sealed class CrewPolicyTests
{
    [TestCase(200, 70_000, 30_000)]
    [TestCase(1000, 350_000, 150_000)]
    public void The_slower_the_handover_the_larger_a_job_has_to_be(double nanoseconds, long job, long loneStep)
    {
        CrewPolicy policy = CrewPolicy.For(nanoseconds);
        Assert.That((policy.SmallestJob, policy.SmallestLoneStep), Is.EqualTo((job, loneStep)));
    }

    [TestCase(0, 1000)]
    [TestCase(10, 120)]
    [TestCase(50_000, 1000)]
    [TestCase(double.PositiveInfinity, 1000)]
    public void A_time_beyond_all_measure_counts_as_the_nearest_usual_one(double nanoseconds, double usual) =>
        Assert.That(CrewPolicy.For(nanoseconds), Is.EqualTo(CrewPolicy.For(usual)));

    [Test]
    public void The_time_is_measured_once()
    {
        double first = Handover.Nanoseconds;
        TestContext.Out.WriteLine($"{first:0} ns");

        // 0 is a machine whose other cores were busy.
        Assert.That(first, Is.Zero.Or.InRange(10, 20_000));
        Assert.That(Handover.Nanoseconds, Is.EqualTo(first));
        Assert.That(CrewPolicy.Default, Is.EqualTo(CrewPolicy.For(first)));
    }
}
