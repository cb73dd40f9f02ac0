using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>Asks for memory before it is needed. A hint: results never depend on it, nor on whether the address is valid.</summary>
internal static unsafe class Prefetch
{
    /// <summary>Floats of one line of the cache.</summary>
    public const int LineFloats = 16;

    /// <summary>The line that holds <paramref name="place"/>, into the second cache: the first is for what is used right now.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ToSecondCache(float* place)
    {
        if (Sse.IsSupported) Sse.Prefetch1(place);
    }
}
