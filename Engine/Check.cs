using System.Runtime.CompilerServices;

namespace Engine;

/// <summary>The checks of the public edge. They say what came, what was expected, and of which parameter.</summary>
internal static class Check
{
    /// <summary>Sizes beyond this cannot be meant, and their products would overflow.</summary>
    public const int LargestSize = 1 << 20;

    /// <summary>Threads that one step is shared by at most.</summary>
    public const int MostThreads = 64;

    private const double LargestFactor = 1e30;

    // Adam divides it by 1 - β₁, which is 1e-16 at least.
    private const double LargestRate = 1e20;

    public static int Positive(int value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is >= 1 and <= LargestSize
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected 1 to {LargestSize}.");

    public static int Threads(int value, [CallerArgumentExpression(nameof(value))] string? name = null) =>
        value is >= 1 and <= MostThreads
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected 1 (the caller alone) to {MostThreads}.");

    public static T Defined<T>(T value, [CallerArgumentExpression(nameof(value))] string? name = null)
        where T : struct, Enum =>
        Enum.IsDefined(value)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected {string.Join(" or ", Enum.GetNames<T>())}.");

    /// <summary>A value above 0 that is so as a float too, which is what the kernels get, and leaves room to reckon with.</summary>
    public static double Above0(double value, [CallerArgumentExpression(nameof(value))] string? name = null) => Above0(value, LargestFactor, name);

    public static bool IsLearningRate(double value) => IsAbove0(value, LargestRate);

    public static double LearningRate(double value, [CallerArgumentExpression(nameof(value))] string? name = null) => Above0(value, LargestRate, name);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Length(int length, int expected, string name, string meaning)
    {
        if (length != expected) ThrowLength(length, expected, name, meaning);
    }

    private static bool IsAbove0(double value, double largest) => (float)value > 0 && value <= largest;

    private static double Above0(double value, double largest, string? name) =>
        IsAbove0(value, largest)
            ? value
            : throw new ArgumentOutOfRangeException(name, value, $"{name} is {value}; expected a number above 0, at most {largest}.");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowLength(int length, int expected, string name, string meaning) =>
        throw new ArgumentException($"{name} has {length} values; expected {expected} ({meaning}).", name);
}
