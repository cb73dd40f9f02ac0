namespace Engine.Kernels;

/// <summary>
/// One vector width. Every kernel is written once over this interface; the JIT compiles it anew for each implementing struct.
/// </summary>
/// <remarks>
/// All operations are lane by lane and correctly rounded, so a kernel that gives every output element one chain of them gives
/// the same bits at every width. Nothing here adds lanes to each other.
/// </remarks>
/// <typeparam name="V">The vector: <c>Vector512/256/128&lt;float&gt;</c>, or a plain <c>float</c>.</typeparam>
internal unsafe interface ISimd<V> : IIntegerSimd<V>
    where V : struct
{
    /// <summary>Floats in one vector; divides <see cref="Layout.Sizes.Block"/>.</summary>
    static abstract int Lanes { get; }

    /// <summary>Whether 32 vector registers are there, so that a matrix tile may hold 24 accumulators instead of 12.</summary>
    static abstract bool ManyRegisters { get; }

    static abstract V Load(float* source);

    static abstract void Store(float* target, V value);

    /// <summary>The same value in every lane.</summary>
    static abstract V Splat(float value);

    static abstract V Add(V a, V b);

    static abstract V Subtract(V a, V b);

    static abstract V Multiply(V a, V b);

    static abstract V Divide(V a, V b);

    static abstract V Sqrt(V a);

    /// <summary><c>a·b + c</c>, rounded once.</summary>
    static abstract V Fma(V a, V b, V c);

    /// <summary><c>c − a·b</c>, rounded once.</summary>
    static abstract V FmaNegated(V a, V b, V c);

    static abstract V Abs(V a);

    /// <summary>The size of <paramref name="magnitude"/> (not negative) with the sign of <paramref name="sign"/>.</summary>
    static abstract V WithSignOf(V magnitude, V sign);

    /// <summary><c>a &gt; b ? then : otherwise</c>; a NaN in either is not greater.</summary>
    static abstract V IfGreater(V a, V b, V then, V otherwise);

    /// <summary><c>limit &lt; a ? limit : a</c>: a NaN in <paramref name="a"/> stays.</summary>
    static abstract V AtMost(V limit, V a);

    /// <summary><c>limit &gt; a ? limit : a</c>: a NaN in <paramref name="a"/> stays.</summary>
    static abstract V AtLeast(V limit, V a);

    /// <summary>The lowest 9 bits as sign and exponent of a float without fraction: <c>2ⁿ</c> where they are n + 127.</summary>
    static abstract V BitsToExponent(V a);

    /// <summary><c>a·2ⁿ</c>, rounded once, for whole n in [−252, 254]: right also where the result is a denormal.</summary>
    static abstract V ScaleByPowerOfTwo(V a, V n);
}
