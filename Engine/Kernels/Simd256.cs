using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using X86Fma = System.Runtime.Intrinsics.X86.Fma;

namespace Engine.Kernels;

/// <summary>8 lanes: AVX2 with FMA.</summary>
internal readonly unsafe partial struct Simd256 : ISimd<Vector256<float>>
{
    public static int Lanes => Vector256<float>.Count;

    public static bool ManyRegisters => false;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Load(float* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector256<float> value) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Splat(float value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Add(Vector256<float> a, Vector256<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Subtract(Vector256<float> a, Vector256<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Multiply(Vector256<float> a, Vector256<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Divide(Vector256<float> a, Vector256<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Sqrt(Vector256<float> a) => Vector256.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Fma(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        Vector256.FusedMultiplyAdd(a, b, c);

    // Not FusedMultiplyAdd(-a, b, c): the JIT negates a with an operation of its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> FmaNegated(Vector256<float> a, Vector256<float> b, Vector256<float> c) =>
        X86Fma.MultiplyAddNegated(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> Abs(Vector256<float> a) => Vector256.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> WithSignOf(Vector256<float> magnitude, Vector256<float> sign) =>
        magnitude | (sign & Vector256.Create(-0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> IfGreater(Vector256<float> a, Vector256<float> b, Vector256<float> then, Vector256<float> otherwise) =>
        Vector256.ConditionalSelect(Vector256.GreaterThan(a, b), then, otherwise);

    // The hardware's own minimum gives its second operand if one is NaN, or NaN: the same thing here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AtMost(Vector256<float> limit, Vector256<float> a) => Vector256.MinNative(limit, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> AtLeast(Vector256<float> limit, Vector256<float> a) => Vector256.MaxNative(limit, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> BitsToExponent(Vector256<float> a) => (a.AsInt32() << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<float> ScaleByPowerOfTwo(Vector256<float> a, Vector256<float> n)
    {
        // Two factors, since 2ⁿ alone may be no normal number; the first product is exact, so only the second one rounds.
        Vector256<int> whole = Vector256.ConvertToInt32Native(n);
        Vector256<int> half = whole >> 1;
        return a * FromExponent(half) * FromExponent(whole - half);
    }

    // The exponent field of a float is its power of two plus 127, 23 bits up.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<float> FromExponent(Vector256<int> n) => ((n + Vector256.Create(127)) << 23).AsSingle();
}
