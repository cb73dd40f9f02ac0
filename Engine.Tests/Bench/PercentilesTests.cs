using Engine.Bench.Latency;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>Percentiles by nearest rank.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class PercentilesTests
{
    [Test]
    public void Each_is_the_least_time_that_covers_its_share()
    {
        long[] times = [.. Enumerable.Range(1, 20_000).Select(i => (long)i).Reverse()];
        Assert.That(Percentiles.Of(times), Is.EqualTo(new Percentiles(10_000, 19_800, 19_980, 19_998, 20_000)));
    }

    [Test]
    public void A_share_between_two_ranks_counts_up() =>
        Assert.That(Percentiles.Of([1, 2, 3]), Is.EqualTo(new Percentiles(2, 3, 3, 3, 3)));

    [Test]
    public void One_slow_call_in_ten_thousand_is_beyond_the_last_percentile_and_two_are_not()
    {
        long[] times = new long[10_000];
        times[5] = 9;
        Assert.That(Percentiles.Of(times), Is.EqualTo(new Percentiles(0, 0, 0, 0, 9)));
        times[5] = 8;
        Assert.That(Percentiles.Of(times), Is.EqualTo(new Percentiles(0, 0, 0, 8, 9)));
    }

    [Test]
    public void Ticks_become_units_by_a_factor() => Assert.That(Percentiles.Of([4], 0.5), Is.EqualTo(new Percentiles(2, 2, 2, 2, 2)));

    [Test]
    public void No_times_have_no_percentiles() => Assert.That(() => Percentiles.Of([]), Throws.ArgumentException);
}
