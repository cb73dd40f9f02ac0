using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Engine.Kernels;

/// <summary>
/// Sums over flat memory in one fixed shape: 16 running sums in double precision, value i in sum i mod 16, folded in halves at the
/// end. The same bits at every width, since 128-bit vectors are written out everywhere and a square of a float is exact in double.
/// </summary>
internal static class FixedSums
{
    private const int Sums = 16;

    /// <summary>Σ v².</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static double OfSquares(ReadOnlySpan<float> values)
    {
        Vector128<double> s0 = default, s1 = default, s2 = default, s3 = default, s4 = default, s5 = default, s6 = default, s7 = default;
        int i = 0;
        for (; i + Sums <= values.Length; i += Sums)
        {
            AddSquares(Vector128.Create(values[i..]), ref s0, ref s1);
            AddSquares(Vector128.Create(values[(i + 4)..]), ref s2, ref s3);
            AddSquares(Vector128.Create(values[(i + 8)..]), ref s4, ref s5);
            AddSquares(Vector128.Create(values[(i + 12)..]), ref s6, ref s7);
        }

        // The rest goes on in the same sums, as if zeros followed.
        if (i < values.Length)
        {
            Span<float> rest = stackalloc float[Sums];
            rest.Clear();
            values[i..].CopyTo(rest);
            AddSquares(Vector128.Create<float>(rest), ref s0, ref s1);
            AddSquares(Vector128.Create<float>(rest[4..]), ref s2, ref s3);
            AddSquares(Vector128.Create<float>(rest[8..]), ref s4, ref s5);
            AddSquares(Vector128.Create<float>(rest[12..]), ref s6, ref s7);
        }

        Vector128<double> folded = s0 + s4 + (s2 + s6) + (s1 + s5 + (s3 + s7));
        return folded[0] + folded[1];
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AddSquares(Vector128<float> values, ref Vector128<double> low, ref Vector128<double> high)
    {
        (Vector128<double> a, Vector128<double> b) = Vector128.Widen(values);
        low += a * a;
        high += b * b;
    }
}
