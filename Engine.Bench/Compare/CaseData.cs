namespace Engine.Bench.Compare;

/// <summary>Weights in PyTorch's names, order and layout, and inputs: the same for every engine.</summary>
internal sealed class CaseData
{
    public CaseData(Case sizes)
    {
        Sizes = sizes;
        int rows = sizes.Gates * sizes.Hidden;
        float bound = 1 / MathF.Sqrt(sizes.Hidden);
        WeightIh = Uniform(rows * sizes.Inputs, bound, seed: 1);
        WeightHh = Uniform(rows * sizes.Hidden, bound, seed: 2);
        BiasIh = Uniform(rows, bound, seed: 3);
        BiasHh = Uniform(rows, bound, seed: 4);
        X = Uniform(sizes.Steps * sizes.Batch * sizes.Inputs, 1, seed: 5);
    }

    public Case Sizes { get; }

    /// <summary>[G·H, I].</summary>
    public float[] WeightIh { get; init; }

    /// <summary>[G·H, H].</summary>
    public float[] WeightHh { get; init; }

    /// <summary>[G·H].</summary>
    public float[] BiasIh { get; init; }

    /// <summary>[G·H].</summary>
    public float[] BiasHh { get; init; }

    /// <summary>[T, B, I].</summary>
    public float[] X { get; init; }

    /// <summary>Values of the outputs [T, B, H].</summary>
    public int OutputCount => Sizes.Steps * Sizes.Batch * Sizes.Hidden;

    /// <summary>A copy of a tensor [G·H, n] with the gates in another order.</summary>
    /// <param name="tensor">The tensor, gates in PyTorch's order.</param>
    /// <param name="order">For every gate of the result, its place in PyTorch's order.</param>
    public float[] Reordered(float[] tensor, ReadOnlySpan<int> order)
    {
        int perGate = tensor.Length / Sizes.Gates;
        var result = new float[order.Length * perGate];
        for (int gate = 0; gate < order.Length; gate++)
            tensor.AsSpan(order[gate] * perGate, perGate).CopyTo(result.AsSpan(gate * perGate));
        return result;
    }

    private static float[] Uniform(int count, float bound, int seed)
    {
        float[] values = Bench.Workload.Values(count, seed);
        for (int i = 0; i < count; i++) values[i] *= bound;
        return values;
    }
}
