using Engine.Bench.Sweep;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>What counts as a size that costs too much.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CliffSearchTests
{
    [Test]
    public void A_peak_is_a_cliff()
    {
        double[] costs = [1, 1, 1.6, 1, 1];

        Assert.That(CliffSearch.Find(costs, costs), Is.EqualTo([new Cliff(2, CliffKind.Cliff, 1.6, 1.6)]));
    }

    [Test]
    public void The_edge_of_a_plateau_is_a_cliff_though_its_larger_neighbours_cost_as_much()
    {
        double[] costs = [1, 1, 2, 2, 2, 2];

        Assert.That(CliffSearch.Find(costs, costs).Select(cliff => cliff.Index), Is.EqualTo([2]));
    }

    [Test]
    public void The_last_size_can_be_one()
    {
        double[] costs = [1, 1, 1, 1.6];

        Assert.That(CliffSearch.Find(costs, costs).Select(cliff => (cliff.Index, cliff.Kind)), Is.EqualTo([(3, CliffKind.Cliff)]));
    }

    [Test]
    public void Just_the_threshold_is_none()
    {
        double[] costs = [1, 1, CliffSearch.Threshold, 1, 1];

        Assert.That(CliffSearch.Find(costs, costs), Is.Empty);
    }

    [Test]
    public void One_dear_neighbour_hides_no_cliff_and_makes_none()
    {
        double[] costs = [1, 1, 1, 3, 1, 1, 1];

        Assert.That(CliffSearch.Find(costs, costs).Select(cliff => cliff.Index), Is.EqualTo([3]));
    }

    [Test]
    public void What_padding_explains_is_told_apart()
    {
        double[] costs = [1, 1, 1.9, 1.8, 1.7];
        double[] padded = [1, 1, 1.02, 1, 1];

        Cliff cliff = CliffSearch.Find(costs, padded).Single();
        Assert.That((cliff.Index, cliff.Kind, cliff.PaddedRatio), Is.EqualTo((2, CliffKind.Padding, 1.02)));
    }

    [Test]
    public void More_than_padding_explains_is_a_cliff()
    {
        double[] costs = [1, 1, 3, 2.8, 2.7];
        double[] padded = [1, 1, 1.6, 1.6, 1.6];

        Assert.That(CliffSearch.Find(costs, padded).Select(cliff => (cliff.Index, cliff.Kind)), Is.EqualTo([(2, CliffKind.Cliff)]));
    }

    [Test]
    public void Falling_cost_is_the_fixed_cost_of_a_call()
    {
        double[] costs = [16, 8, 4, 2, 1];

        Assert.That(CliffSearch.Find(costs, costs).Select(cliff => cliff.Kind), Is.Not.Empty.And.All.EqualTo(CliffKind.FixedCost));
    }

    [Test]
    public void Two_sizes_are_enough_and_one_is_not()
    {
        Assert.That(CliffSearch.Find([1, 2], [1, 2]), Has.Count.EqualTo(1));
        Assert.That(CliffSearch.Find([1], [1]), Is.Empty);
        Assert.That(CliffSearch.Find([], []), Is.Empty);
    }

    [Test]
    public void Rises_are_those_above_the_noise() =>
        Assert.That(CliffSearch.Rises([10, 8, 8.3, 8.3, 9, 7], 0.05), Is.EqualTo([4]));
}
