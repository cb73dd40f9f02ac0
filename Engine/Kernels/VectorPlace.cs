using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>Where in a gate row the chains stand that a vector of a strip has words of.</summary>
internal static class VectorPlace<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <param name="places">Of the strip's first group: <see cref="PairStrips.PlacesOf"/>.</param>
    /// <param name="vector">The vector, counted in the strip's row.</param>
    /// <param name="half">0 for the upper halves of its words, 1 for the lower ones.</param>
    /// <param name="blockPitch">Floats from one block's chains to the next.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Of(ref readonly GroupPlace places, int vector, int half, int blockPitch)
    {
        uint first = (uint)(vector * S.Lanes);
        uint group = (2 * (first / Sizes.Block)) + (uint)half;
        return Unsafe.Add(ref Unsafe.AsRef(in places), group).At(blockPitch) + (nint)(first % Sizes.Block);
    }
}
