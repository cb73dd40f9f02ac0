using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using X86Fma = System.Runtime.Intrinsics.X86.Fma;

namespace Engine.Kernels;

/// <summary>4 lanes: SSE with FMA, or NEON.</summary>
internal readonly unsafe partial struct Simd128 : ISimd<Vector128<float>>
{
    public static int Lanes => Vector128<float>.Count;

    public static bool ManyRegisters => System.Runtime.Intrinsics.Arm.AdvSimd.IsSupported;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Load(float* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector128<float> value) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Splat(float value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Add(Vector128<float> a, Vector128<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Subtract(Vector128<float> a, Vector128<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Multiply(Vector128<float> a, Vector128<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Divide(Vector128<float> a, Vector128<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Sqrt(Vector128<float> a) => Vector128.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Fma(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        Vector128.FusedMultiplyAdd(a, b, c);

    // Not FusedMultiplyAdd(-a, b, c), if possible: the JIT negates a with an operation of its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> FmaNegated(Vector128<float> a, Vector128<float> b, Vector128<float> c) =>
        X86Fma.IsSupported
            ? X86Fma.MultiplyAddNegated(a, b, c)
            : Vector128.FusedMultiplyAdd(-a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> Abs(Vector128<float> a) => Vector128.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> WithSignOf(Vector128<float> magnitude, Vector128<float> sign) =>
        magnitude | (sign & Vector128.Create(-0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> IfGreater(Vector128<float> a, Vector128<float> b, Vector128<float> then, Vector128<float> otherwise) =>
        Vector128.ConditionalSelect(Vector128.GreaterThan(a, b), then, otherwise);

    // The hardware's own minimum gives its second operand if one is NaN, or NaN: the same thing here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AtMost(Vector128<float> limit, Vector128<float> a) => Vector128.MinNative(limit, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> AtLeast(Vector128<float> limit, Vector128<float> a) => Vector128.MaxNative(limit, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> BitsToExponent(Vector128<float> a) => (a.AsInt32() << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<float> ScaleByPowerOfTwo(Vector128<float> a, Vector128<float> n)
    {
        // Two factors, since 2ⁿ alone may be no normal number; the first product is exact, so only the second one rounds.
        Vector128<int> whole = Vector128.ConvertToInt32Native(n);
        Vector128<int> half = whole >> 1;
        return a * FromExponent(half) * FromExponent(whole - half);
    }

    // The exponent field of a float is its power of two plus 127, 23 bits up.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<float> FromExponent(Vector128<int> n) => ((n + Vector128.Create(127)) << 23).AsSingle();
}
