namespace Engine.Layout;

/// <summary>
/// Two weights in one 32-bit word. The lower one is a bfloat16, the upper half of a float. The upper one is the whole word read as a
/// float: taking it out costs a kernel nothing, and the bits of the lower weight at its end are made up for in packing.
/// </summary>
/// <remarks>
/// What a kernel sees is at most 2⁻⁸ of the weight's size away from the weight, or 2⁻¹²⁵ next to 0. A lower weight rounds to the nearest
/// bfloat16. For the upper one the word nearest to the weight is chosen among those with the given end; denormal words are not, since
/// some processors are slow with them.
/// </remarks>
internal static class BFloat16Pair
{
    private const uint Sign = 0x8000_0000;
    private const uint SmallestNormal = 0x0080;
    private const uint LargestFinite = 0x7F7F;

    public static uint Of(float upper, float lower)
    {
        uint end = Round(lower);
        uint wanted = BitConverter.SingleToUInt32Bits(upper);
        uint sign = wanted & Sign;
        uint size = wanted & ~Sign;
        if (end == 0 && size < SmallestNormal << 15) return sign;

        // The bits of a float's size count its values upwards, so the nearest size has the nearest bits.
        uint best = 0;
        uint distance = uint.MaxValue;
        uint cut = size >> 16;
        for (uint half = cut == 0 ? 0 : cut - 1; half <= cut + 1; half++)
        {
            uint candidate = (Math.Clamp(half, SmallestNormal, LargestFinite) << 16) | end;
            uint away = candidate > size ? candidate - size : size - candidate;
            if (away >= distance) continue;
            (best, distance) = (candidate, away);
        }

        return sign | best;
    }

    /// <summary>The weight that a kernel sees in the upper half.</summary>
    public static float Upper(uint word) => BitConverter.UInt32BitsToSingle(word);

    /// <summary>The weight that a kernel sees in the lower half.</summary>
    public static float Lower(uint word) => BitConverter.UInt32BitsToSingle(word << 16);

    // To the nearest bfloat16, to the even one of two, never to infinity.
    private static uint Round(float value)
    {
        uint bits = BitConverter.SingleToUInt32Bits(value);
        uint size = bits & ~Sign;
        uint rounded = Math.Min((size + 0x7FFF + ((size >> 16) & 1)) >> 16, LargestFinite);
        return rounded | ((bits & Sign) >> 16);
    }
}
