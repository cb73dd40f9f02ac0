using System.Runtime.CompilerServices;

namespace Engine.Layout;

/// <summary>The paddings every buffer agrees on, the same on every instruction set.</summary>
internal static class Sizes
{
    /// <summary>Units in one block of a panel: the lanes of the widest vector.</summary>
    public const int Block = 16;

    public const int HalfBlock = Block / 2;

    // Rows whose distance is a multiple of 1 KiB fall into a few sets of the L1 cache; the six rows of a matrix tile would evict
    // each other.
    private const int AliasingStride = 256;

    /// <summary><paramref name="units"/> rounded up to whole blocks. The lanes added stay 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Padded(int units) => checked(units + Block - 1) / Block * Block;

    /// <summary>Where a unit's first chain stands in a row of <c>[blocks][chains][16]</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint FirstChain(nint unit, int chains) => unit + ((unit & -Block) * (chains - 1));

    /// <summary>
    /// Floats from one row to the next for rows of <paramref name="columns"/> values: padded, and never a multiple that aliases.
    /// </summary>
    public static int RowStride(int columns)
    {
        int padded = Padded(columns);
        return padded % AliasingStride == 0 ? padded + Block : padded;
    }
}
