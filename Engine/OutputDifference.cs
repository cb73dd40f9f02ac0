namespace Engine;

/// <summary>How far one model's outputs are from another's, over all outputs of a sequence; NaN if an output is NaN.</summary>
/// <param name="LargestAbsolute">The largest difference of one output, without its sign.</param>
/// <param name="RootMeanSquare">The root of the mean of the squared differences.</param>
/// <param name="Relative">
/// <see cref="RootMeanSquare"/> as a share of the root mean square of the reference's outputs: 0.01 is 1 %. Infinite if those are all 0
/// and the others are not.
/// </param>
public readonly record struct OutputDifference(double LargestAbsolute, double RootMeanSquare, double Relative)
{
    internal static OutputDifference Between(ReadOnlySpan<float> reference, ReadOnlySpan<float> other)
    {
        double largest = 0, squares = 0, referenceSquares = 0;
        for (int i = 0; i < reference.Length; i++)
        {
            double expected = reference[i];
            double difference = other[i] - expected;
            largest = Math.Max(largest, Math.Abs(difference));
            squares += difference * difference;
            referenceSquares += expected * expected;
        }

        double relative = squares == 0 ? 0 : Math.Sqrt(squares / referenceSquares);
        return new(largest, Math.Sqrt(squares / reference.Length), relative);
    }
}
