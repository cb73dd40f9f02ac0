using Engine.Bench.Compare;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>The comparison ranks nobody whose results differ.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class AgreementTests
{
    private static readonly float[] Large = [100f, -50f];
    private static readonly float[] Small = [0.001f, 0.0005f];

    [Test]
    public void Rounding_is_no_difference() => Assert.That(Agreement.Holds([Large, Small], [[100.001f, -50f], [0.00100001f, 0.0005f]]));

    [Test]
    public void Each_tensor_is_measured_by_its_own_size() => Assert.That(Agreement.Holds([Large, Small], [Large, [0.001f, 0.0006f]]), Is.False);

    [Test]
    public void Not_a_number_agrees_with_nothing() => Assert.That(Agreement.Holds([Large], [[100f, float.NaN]]), Is.False);

    [Test]
    public void A_tensor_that_is_missing_or_short_is_a_difference()
    {
        Assert.That(Agreement.Holds([Large, Small], [Large]), Is.False);
        Assert.That(Agreement.Holds([Large], [[100f]]), Is.False);
    }
}
