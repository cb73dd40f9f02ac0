namespace Engine.Tests.Support;

/// <summary>Made numbers, the rule of Golden/README.md: where every test takes its inputs and weights from.</summary>
internal static class Numbers
{
    public static float Value(int seed, int i, float scale) => (Bits(seed, i) * (1f / (1 << 23)) - 1f) * scale;

    public static float[] Values(int seed, int count, float scale = 1f)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = Value(seed, i, scale);
        return values;
    }

    public static int[] Tokens(int seed, int count, int vocabulary)
    {
        var tokens = new int[count];
        for (int i = 0; i < count; i++) tokens[i] = (int)(Bits(seed, i) % (uint)vocabulary);
        return tokens;
    }

    /// <summary>The k-th of the elements that a golden tensor of n elements keeps.</summary>
    public static int SampleIndex(int n, int k) =>
        n <= 48 ? k : k == 47 ? n - 1 : (int)((((long)k * n) + (Mix((uint)k) % (uint)n)) / 48);

    public static float WeightScale(int fan) => (float)(1 / Math.Sqrt(fan));

    // murmur3's finaliser.
    private static uint Mix(uint x)
    {
        x = (x ^ (x >> 16)) * 0x85EBCA6B;
        x = (x ^ (x >> 13)) * 0xC2B2AE35;
        return x ^ (x >> 16);
    }

    private static uint Bits(int seed, int i) => unchecked(Mix(((uint)i * 0x9E3779B9) + ((uint)seed * 0x85EBCA6B) + 0xC2B2AE35)) >> 8;
}
