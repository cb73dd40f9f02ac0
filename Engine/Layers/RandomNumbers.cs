using Engine.Kernels;

namespace Engine.Layers;

/// <summary>
/// Random numbers that are the same on every machine: SplitMix64 (Steele, Lea and Flood 2014), and no function of the platform's
/// mathematics library.
/// </summary>
internal sealed class RandomNumbers(ulong seed)
{
    private ulong _state = seed;

    /// <summary>Uniform in [0, 1).</summary>
    public double Uniform() => (Next() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Uniform in [−limit, limit).</summary>
    public float Uniform(double limit) => (float)(((2 * Uniform()) - 1) * limit);

    /// <summary>Standard normal, by Marsaglia's polar method.</summary>
    public double Normal()
    {
        while (true)
        {
            double u = (2 * Uniform()) - 1;
            double v = (2 * Uniform()) - 1;
            double s = (u * u) + (v * v);
            if (s is > 0 and < 1) return u * Math.Sqrt(-2 * Logarithm.Natural(s) / s);
        }
    }

    private ulong Next()
    {
        ulong z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
