using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// One lane: any machine, and the readable explanation of what the wider ones do. Without FMA hardware the runtime's
/// software <see cref="MathF.FusedMultiplyAdd"/> keeps the bits the same, slowly.
/// </summary>
internal readonly unsafe partial struct SimdScalar : ISimd<float>
{
    public static int Lanes => 1;

    public static bool ManyRegisters => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Load(float* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, float value) => *target = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Splat(float value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Add(float a, float b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Subtract(float a, float b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Multiply(float a, float b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Divide(float a, float b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Sqrt(float a) => MathF.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Fma(float a, float b, float c) => MathF.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float FmaNegated(float a, float b, float c) => MathF.FusedMultiplyAdd(-a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float Abs(float a) => MathF.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float WithSignOf(float magnitude, float sign) => MathF.CopySign(magnitude, sign);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float IfGreater(float a, float b, float then, float otherwise) => a > b ? then : otherwise;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AtMost(float limit, float a) => limit < a ? limit : a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float AtLeast(float limit, float a) => limit > a ? limit : a;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float BitsToExponent(float a) => BitConverter.Int32BitsToSingle(BitConverter.SingleToInt32Bits(a) << 23);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static float ScaleByPowerOfTwo(float a, float n)
    {
        int whole = (int)n;
        int half = whole >> 1;
        return a * FromExponent(half) * FromExponent(whole - half);
    }

    private static float FromExponent(int n) => BitConverter.Int32BitsToSingle((n + 127) << 23);
}
