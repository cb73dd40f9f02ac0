using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>
/// The first-level data cache, by whose size steps of one stream choose their order: which units come beside which. The results are the
/// same bits in every order.
/// </summary>
internal static class NearCache
{
    private const int Usual = 32 * 1024;
    private const int Least = 16 * 1024;
    private const int Most = 1024 * 1024;

    // Cores with 48 KiB multiply-add two vectors of 512 bits in a cycle (Golden Cove, Zen 5), those with 32 that were measured one (Zen 4).
    private const int OfWideCores = 48 * 1024;

    /// <summary>Bytes; 32 KiB where the processor does not say.</summary>
    public static int Bytes { get; } = Ask() is >= Least and <= Most and var bytes ? bytes : Usual;

    /// <summary>Floats.</summary>
    public static int Length => Bytes / sizeof(float);

    /// <summary>
    /// Whether the four chains of one group of units are too few for the core: it takes eight to hide the latency of a multiply-add of
    /// 512 bits where two begin in a cycle. The size of the cache stands for it, since no processor says it.
    /// </summary>
    public static bool OfWideCore => Bytes >= OfWideCores;

    private static int Ask()
    {
        if (!X86Base.IsSupported) return 0;

        // The same leaf twice: Intel's, which AMD leaves empty, and AMD's.
        int bytes = FirstOf(leaf: 4, range: 0);
        return bytes > 0 ? bytes : FirstOf(leaf: unchecked((int)0x8000001D), range: unchecked((int)0x80000000));
    }

    // Intel 64 manual, CPUID leaf 04H; AMD64 manual, volume 3, Fn8000_001D: caches one by one, of which type 0 is none and type 1 holds data.
    private static int FirstOf(int leaf, int range)
    {
        if ((uint)X86Base.CpuId(range, 0).Eax < (uint)leaf) return 0;

        for (int cache = 0; cache < 16; cache++)
        {
            (int eax, int ebx, int ecx, _) = X86Base.CpuId(leaf, cache);
            int type = eax & 31;
            int level = (eax >> 5) & 7;
            if (type == 0) return 0;
            if (type != 1 || level != 1) continue;

            long ways = ((uint)ebx >> 22) + 1;
            long partitions = (((uint)ebx >> 12) & 0x3FF) + 1;
            long line = ((uint)ebx & 0xFFF) + 1;
            long sets = (uint)ecx + 1L;
            return (int)Math.Min(ways * partitions * line * sets, int.MaxValue);
        }

        return 0;
    }
}
