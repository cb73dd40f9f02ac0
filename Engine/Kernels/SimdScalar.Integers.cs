using System.Runtime.CompilerServices;

namespace Engine.Kernels;

internal readonly unsafe partial struct SimdScalar
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SplatBits(int bits) => Float(bits);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float LowerHalf(float a) => Float(Bits(a) << 16);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float UpperBytes(float a)
    {
        int upper = Bits(a) >> 24;
        int lower = (sbyte)(Bits(a) >> 8);
        return Float((upper << 16) | (lower & 0xFFFF));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MultiplyAddHalves(float a, float b) =>
        Float(((short)Bits(a) * (short)Bits(b)) + ((Bits(a) >> 16) * (Bits(b) >> 16)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AddIntegers(float a, float b) => Float(Bits(a) + Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float SubtractIntegers(float a, float b) => Float(Bits(a) - Bits(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Times256(float a) => Float(Bits(a) << 8);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float MaxIntegers(float a, float b) => Float(Math.Max(Bits(a), Bits(b)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ToFloat(float a) => Bits(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void StoreLowerHalves(short* target, float value) => *target = (short)Bits(value);

    private static int Bits(float a) => BitConverter.SingleToInt32Bits(a);

    private static float Float(int bits) => BitConverter.Int32BitsToSingle(bits);
}
