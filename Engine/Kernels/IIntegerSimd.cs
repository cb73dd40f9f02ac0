namespace Engine.Kernels;

/// <summary>
/// What the kernels of smaller weights do with the bits of a vector's 32-bit lanes. All of it is exact, so it is the same at every width.
/// </summary>
/// <typeparam name="V">The vector; its lanes are taken as bits, not as floats.</typeparam>
internal unsafe interface IIntegerSimd<V>
    where V : struct
{
    /// <summary>The same 32 bits in every lane.</summary>
    static abstract V SplatBits(int bits);

    /// <summary>The lower 16 bits moved to the upper half, zeros below: a bfloat16 becomes a float.</summary>
    static abstract V LowerHalf(V a);

    /// <summary>Both 16-bit halves of a lane shifted right by 8, their signs kept.</summary>
    static abstract V UpperBytes(V a);

    /// <summary>Both 16-bit halves of a lane, with their signs, multiplied with the other's, and the two products added.</summary>
    static abstract V MultiplyAddHalves(V a, V b);

    /// <summary>Sum of 32-bit integers, modulo 2³².</summary>
    static abstract V AddIntegers(V a, V b);

    /// <summary>Difference of 32-bit integers, modulo 2³².</summary>
    static abstract V SubtractIntegers(V a, V b);

    /// <summary>Times 256, modulo 2³².</summary>
    static abstract V Times256(V a);

    /// <summary>The greater of two signed integers.</summary>
    static abstract V MaxIntegers(V a, V b);

    /// <summary>From signed integers to the nearest floats.</summary>
    static abstract V ToFloat(V a);

    /// <summary>The lower half of every lane, one behind the other.</summary>
    static abstract void StoreLowerHalves(short* target, V value);
}
