using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;
namespace Engine.Kernels;

/// <summary>16 lanes: AVX-512.</summary>
internal readonly unsafe partial struct Simd512 : ISimd<Vector512<float>>
{
    public static int Lanes => Vector512<float>.Count;

    public static bool ManyRegisters => true;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Load(float* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(float* target, Vector512<float> value) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Splat(float value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Add(Vector512<float> a, Vector512<float> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Subtract(Vector512<float> a, Vector512<float> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Multiply(Vector512<float> a, Vector512<float> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Divide(Vector512<float> a, Vector512<float> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Sqrt(Vector512<float> a) => Vector512.Sqrt(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Fma(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Vector512.FusedMultiplyAdd(a, b, c);

    // Not FusedMultiplyAdd(-a, b, c): the JIT negates a with an operation of its own.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> FmaNegated(Vector512<float> a, Vector512<float> b, Vector512<float> c) =>
        Avx512F.FusedMultiplyAddNegated(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> Abs(Vector512<float> a) => Vector512.Abs(a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> WithSignOf(Vector512<float> magnitude, Vector512<float> sign) =>
        magnitude | (sign & Vector512.Create(-0f));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> IfGreater(Vector512<float> a, Vector512<float> b, Vector512<float> then, Vector512<float> otherwise) =>
        Vector512.ConditionalSelect(Vector512.GreaterThan(a, b), then, otherwise);

    // The hardware's own minimum gives its second operand if one is NaN, or NaN: the same thing here.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AtMost(Vector512<float> limit, Vector512<float> a) => Vector512.MinNative(limit, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> AtLeast(Vector512<float> limit, Vector512<float> a) => Vector512.MaxNative(limit, a);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> BitsToExponent(Vector512<float> a) => (a.AsInt32() << 23).AsSingle();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<float> ScaleByPowerOfTwo(Vector512<float> a, Vector512<float> n)
    {
        // Two factors, since 2ⁿ alone may be no normal number; the first product is exact, so only the second one rounds.
        Vector512<int> whole = Vector512.ConvertToInt32Native(n);
        Vector512<int> half = whole >> 1;
        return a * FromExponent(half) * FromExponent(whole - half);
    }

    // The exponent field of a float is its power of two plus 127, 23 bits up.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<float> FromExponent(Vector512<int> n) => ((n + Vector512.Create(127)) << 23).AsSingle();
}
