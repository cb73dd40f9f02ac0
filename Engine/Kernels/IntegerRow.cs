using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>A row of floats as integers of 16 bits with one scale: what <see cref="Int8Product{S, V}"/> multiplies with.</summary>
/// <remarks>
/// <c>x ≈ scale · q</c>, <c>scale = m / limit</c>, <c>q = x · (limit / m)</c> rounded to the nearest integer, to the even one of two, with m
/// the largest size in the row, at least 2⁻¹⁰⁰. If a value is NaN or infinite, the scale is NaN, and so is every product. A row in memory is
/// 16 floats that begin with the scale and the sum of all q (32 bits), then the q one behind the other, padded with a 0 to an even number.
/// Lane l is value <c>first + l</c>; values that do not fill a vector are taken one by one.
/// </remarks>
internal static unsafe class IntegerRow<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <summary>Where in a row the integers begin.</summary>
    public const int Start = Sizes.Block;

    private const int InfinityBits = 0x7F80_0000;
    private const float Smallest = 7.8886091e-31f; // 2⁻¹⁰⁰

    // 1.5·2²³: a float of this size ends at the ones, so adding it rounds, and its lowest bits are the integer.
    private const float Rounder = 12582912f;
    private const int RounderBits = 0x4B40_0000;

    /// <summary>Floats that a row takes.</summary>
    public static int Length(int depth) => Start + Sizes.Padded((depth + 1) / 2);

    /// <param name="x">[depth].</param>
    /// <param name="depth">Values.</param>
    /// <param name="limit">Largest size of an integer, at most 32767.</param>
    /// <param name="row">Written, <see cref="Length"/> floats.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(float* x, int depth, float limit, float* row)
    {
        int bits = LargestBits(x, depth);
        float largest = Math.Max(BitConverter.Int32BitsToSingle(bits), Smallest);
        float factor = limit / largest;
        row[0] = bits < InfinityBits ? largest / limit : float.NaN;

        var q = (short*)(row + Start);
        int k = 0;
        V sums = S.Splat(0f);
        V factors = S.Splat(factor);
        V rounder = S.Splat(Rounder);
        for (; k + S.Lanes <= depth; k += S.Lanes)
        {
            V rounded = S.Fma(S.Load(x + k), factors, rounder);
            sums = S.AddIntegers(sums, rounded);
            S.StoreLowerHalves(q + k, rounded);
        }

        int* lanes = stackalloc int[Sizes.Block];
        S.Store((float*)lanes, sums);
        int sum = 0;
        for (int lane = 0; lane < S.Lanes; lane++) sum += lanes[lane];
        for (; k < depth; k++)
        {
            int rounded = BitConverter.SingleToInt32Bits(SimdScalar.Fma(x[k], factor, Rounder));
            sum += rounded;
            q[k] = (short)rounded;
        }

        if ((depth & 1) != 0) q[depth] = 0;
        ((int*)row)[1] = sum - (depth * RounderBits);
    }

    // The bits of floats without their signs count them upwards, infinity and NaN last.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int LargestBits(float* x, int depth)
    {
        int k = 0;
        V most = S.Splat(0f);
        for (; k + S.Lanes <= depth; k += S.Lanes) most = S.MaxIntegers(most, S.Abs(S.Load(x + k)));

        int* lanes = stackalloc int[Sizes.Block];
        S.Store((float*)lanes, most);
        int largest = 0;
        for (int lane = 0; lane < S.Lanes; lane++) largest = Math.Max(largest, lanes[lane]);
        for (; k < depth; k++) largest = Math.Max(largest, BitConverter.SingleToInt32Bits(MathF.Abs(x[k])));
        return largest;
    }
}
