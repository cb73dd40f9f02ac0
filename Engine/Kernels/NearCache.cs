using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>
/// The first-level data cache, by whose size steps of one stream choose the order of their units. The results are the same bits in every order.
/// </summary>
internal static class NearCache
{
    private const int Usual = 32 * 1024;
    private const int Least = 16 * 1024;
    private const int Most = 1024 * 1024;
    private const int MostCaches = 16;

    /// <summary>Bytes; 32 KiB where the processor does not say.</summary>
    public static int Bytes { get; } = Ask() is >= Least and <= Most and var bytes ? bytes : Usual;

    private static int Ask()
    {
        if (!X86Base.IsSupported) return 0;

        // The same leaf twice: Intel's, which AMD leaves empty, and AMD's.
        int bytes = FirstOf(leaf: 4, range: 0);
        return bytes > 0 ? bytes : FirstOf(leaf: unchecked((int)0x8000001D), range: unchecked((int)0x80000000));
    }

    private static int FirstOf(int leaf, int range)
    {
        if ((uint)X86Base.CpuId(range, 0).Eax < (uint)leaf) return 0;

        for (int cache = 0; cache < MostCaches; cache++)
        {
            (int eax, int ebx, int ecx, _) = X86Base.CpuId(leaf, cache);
            if (IsNone(eax)) return 0;
            if (IsFirstOfData(eax)) return SizeOf(ebx, ecx);
        }

        return 0;
    }

    // Intel 64 manual, CPUID leaf 04H; AMD64 manual, volume 3, Fn8000_001D: caches one by one, of which type 0 is none and type 1 holds data.
    internal static bool IsNone(int eax) => (eax & 31) == 0;

    internal static bool IsFirstOfData(int eax) => (eax & 31) == 1 && ((eax >> 5) & 7) == 1;

    internal static int SizeOf(int ebx, int ecx)
    {
        long ways = ((uint)ebx >> 22) + 1;
        long partitions = (((uint)ebx >> 12) & 0x3FF) + 1;
        long line = ((uint)ebx & 0xFFF) + 1;
        long sets = (uint)ecx + 1L;
        return (int)Math.Min(ways * partitions * line * sets, int.MaxValue);
    }
}
