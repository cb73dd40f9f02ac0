namespace Engine.Demo;

/// <summary>
/// SplitMix64 (Steele, Lea and Flood 2014): equal seeds give equal numbers on every machine and every runtime, which
/// <see cref="Random"/> does not promise.
/// </summary>
internal sealed class SmallRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 to below 1, with 53 random bits.</summary>
    public double NextDouble() => (NextBits() >> 11) * (1.0 / (1UL << 53));

    /// <summary>A whole number from 0 to below <paramref name="limit"/>.</summary>
    public int Next(int limit) => (int)(NextDouble() * limit);

    /// <summary>A number from the normal distribution with mean 0 and standard deviation 1 (Box and Muller).</summary>
    public double NextNormal() => Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble());

    /// <summary>An index drawn with the probability that stands there; the probabilities sum to 1.</summary>
    public int NextIndex(ReadOnlySpan<double> probabilities)
    {
        double left = NextDouble();
        for (int i = 0; i < probabilities.Length - 1; i++)
        {
            left -= probabilities[i];
            if (left < 0) return i;
        }

        return probabilities.Length - 1;
    }

    private ulong NextBits()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
