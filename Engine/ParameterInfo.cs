namespace Engine;

/// <summary>A tensor of a model as PyTorch knows it.</summary>
/// <param name="Name">PyTorch's name, such as <c>lstm.weight_ih_l0</c>.</param>
/// <param name="Shape">PyTorch's shape, such as [4·hidden, input].</param>
public sealed record ParameterInfo(string Name, IReadOnlyList<int> Shape)
{
    /// <summary>Number of values.</summary>
    public int Count => Shape.Aggregate(1, (product, size) => checked(product * size));

    /// <summary>Name and shape, such as <c>linear.weight [1, 64]</c>.</summary>
    public override string ToString() => $"{Name} [{string.Join(", ", Shape)}]";
}
