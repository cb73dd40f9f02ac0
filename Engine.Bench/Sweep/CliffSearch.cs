namespace Engine.Bench.Sweep;

/// <summary>Why a size stands out.</summary>
internal enum CliffKind
{
    /// <summary>Nothing but the kernels explains it.</summary>
    Cliff,

    /// <summary>By the operations with padding it does not stand out: it pays for units up to the next whole block.</summary>
    Padding,

    /// <summary>Cost falls up to this size and goes on falling: what a call costs at any size is shared by more operations.</summary>
    FixedCost,
}

/// <summary>A size that stands out.</summary>
/// <param name="Index">Its place on the line.</param>
/// <param name="Kind">Why.</param>
/// <param name="Ratio">Its cost per operation against its neighbours.</param>
/// <param name="PaddedRatio">The same by the operations with padding.</param>
internal readonly record struct Cliff(int Index, CliffKind Kind, double Ratio, double PaddedRatio);

/// <summary>Finds the sizes on a line that cost more than their neighbours.</summary>
internal static class CliffSearch
{
    /// <summary>A size stands out if it costs more than this many times what its neighbours cost.</summary>
    public const double Threshold = 1.5;

    private const int Reach = 2;

    /// <summary>The sizes that stand out.</summary>
    /// <param name="costs">Time per operation, size by size.</param>
    /// <param name="paddedCosts">Time per operation with padding.</param>
    public static IReadOnlyList<Cliff> Find(IReadOnlyList<double> costs, IReadOnlyList<double> paddedCosts)
    {
        var found = new List<Cliff>();
        for (int i = 1; i < costs.Count; i++)
        {
            double ratio = Ratio(costs, i);
            if (ratio <= Threshold) continue;

            double padded = Ratio(paddedCosts, i);
            CliffKind kind = costs[i] <= Before(costs, i) ? CliffKind.FixedCost : padded <= Threshold ? CliffKind.Padding : CliffKind.Cliff;
            found.Add(new(i, kind, ratio, padded));
        }

        return found;
    }

    /// <summary>
    /// Cost against the median of the two sizes on either side, or against that of the two smaller ones if this is worse: a size
    /// from which on everything is dear has dear neighbours too. The first size has none that are smaller and gives 0.
    /// </summary>
    public static double Ratio(IReadOnlyList<double> costs, int i)
    {
        if (i == 0) return 0;

        double around = Median([.. Smaller(costs, i), .. costs.Skip(i + 1).Take(Reach)]);
        return costs[i] / Math.Min(around, Before(costs, i));
    }

    /// <summary>The sizes, from the second on, whose cost is above that of the size before by more than a share of it.</summary>
    public static IReadOnlyList<int> Rises(IReadOnlyList<double> costs, double share) =>
        [.. Enumerable.Range(1, Math.Max(0, costs.Count - 1)).Where(i => costs[i] > costs[i - 1] * (1 + share))];

    private static double Before(IReadOnlyList<double> costs, int i) => Median([.. Smaller(costs, i)]);

    private static IEnumerable<double> Smaller(IReadOnlyList<double> costs, int i) => costs.Skip(i - Reach).Take(Math.Min(i, Reach));

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }
}
