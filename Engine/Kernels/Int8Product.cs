using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// <c>c = init + a·W</c> with W in <see cref="Int8Layout"/> and a in <see cref="IntegerRow{S, V}"/>: the sums are exact integers, so their
/// order does not matter, and every element is <c>fma(w_scale · a_scale, sum, init)</c>, rounded like that.
/// </summary>
/// <remarks>
/// A strip of W is read straight through, [two depths][vector]. Lane l of a vector is a word, the weights of lane l of two groups at two
/// depths, which meets two integers of a: multiplied as it is, it adds <c>256·upper + lower + 128·a</c>, shifted right by 8 it adds upper.
/// What the lower group gets is the difference, modulo 2³², and that is exact because either sum fits into 32 bits. Two
/// multiplications a load, and no conversion. Blocks are padded, so no lanes remain.
/// </remarks>
internal static unsafe class Int8Product<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    private const int WidestTile = 4;

    /// <summary>Pairs of a strip of four vectors, which are 8 sums.</summary>
    public static int WidestStrip => Math.Max(1, 4 * S.Lanes / Sizes.Block);

    /// <param name="part">The gates that take part.</param>
    /// <param name="words">The packed matrix.</param>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="a">[rows, <see cref="IntegerRow{S, V}.Length"/>].</param>
    /// <param name="init">[rows, chains] or one row for all; may be <paramref name="c"/>.</param>
    /// <param name="c">[rows, chains], written.</param>
    /// <param name="blockPitch">Floats from one block's chains to the next in a row of c.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(PairStrips part, float* words, int rows, Rows a, Rows init, Rows c, int blockPitch)
    {
        for (int strip = 0; strip < part.Strips; strip++)
        {
            float* w = words + part.StripAt(strip);
            float* scales = words + Int8Layout.ScalesAt(part) + (2 * strip * part.PairsPerStrip * Sizes.Block);
            ref readonly GroupPlace places = ref MemoryMarshal.GetReference(part.PlacesOf(strip));
            int width = part.PairsOf(strip) * Sizes.Block;
            for (int row = 0; row < rows; row++)
                Across(w, width, part.Depth, scales, a.From(row).Data, init.From(row).Data, c.From(row).Data, in places, blockPitch);
        }
    }

    // The vectors of a strip in tiles of equal size, at most four wide.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Across(
        float* w, int width, int depth, float* scales, float* a, float* init, float* c, ref readonly GroupPlace places, int blockPitch)
    {
        int vectors = width / S.Lanes;
        int tiles = (vectors + WidestTile - 1) / WidestTile;
        float* sums = stackalloc float[2 * WidestTile * Sizes.Block];
        for (int vector = 0; tiles > 0; tiles--)
        {
            int taken = (vectors - vector + tiles - 1) / tiles;
            float* tile = w + (vector * S.Lanes);
            float* integers = a + IntegerRow<S, V>.Start;
            switch (taken)
            {
                case 4: Sum<Four>(tile, width, depth, integers, sums); break;
                case 3: Sum<Three>(tile, width, depth, integers, sums); break;
                case 2: Sum<Two>(tile, width, depth, integers, sums); break;
                default: Sum<One>(tile, width, depth, integers, sums); break;
            }

            Finish(taken, vector, scales, a, sums, init, c, in places, blockPitch);
            vector += taken;
        }
    }

    // For each vector of words two sums, one behind the other: of the words as they are, and of their upper bytes.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Sum<C>(float* w, nint width, int depth, float* integers, float* sums)
        where C : struct, ICount
    {
        V zero = S.Splat(0f);
        V w0 = zero, u0 = zero, w1 = zero, u1 = zero, w2 = zero, u2 = zero, w3 = zero, u3 = zero;
        for (int k = 0; k < depth; k++)
        {
            V two = S.Splat(integers[k]);
            V word = S.Load(w);
            w0 = S.AddIntegers(w0, S.MultiplyAddHalves(two, word));
            u0 = S.AddIntegers(u0, S.MultiplyAddHalves(two, S.UpperBytes(word)));
            if (C.Value > 1)
            {
                word = S.Load(w + S.Lanes);
                w1 = S.AddIntegers(w1, S.MultiplyAddHalves(two, word));
                u1 = S.AddIntegers(u1, S.MultiplyAddHalves(two, S.UpperBytes(word)));
            }

            if (C.Value > 2)
            {
                word = S.Load(w + (2 * S.Lanes));
                w2 = S.AddIntegers(w2, S.MultiplyAddHalves(two, word));
                u2 = S.AddIntegers(u2, S.MultiplyAddHalves(two, S.UpperBytes(word)));
            }

            if (C.Value > 3)
            {
                word = S.Load(w + (3 * S.Lanes));
                w3 = S.AddIntegers(w3, S.MultiplyAddHalves(two, word));
                u3 = S.AddIntegers(u3, S.MultiplyAddHalves(two, S.UpperBytes(word)));
            }

            w += width;
        }

        S.Store(sums, w0);
        S.Store(sums + S.Lanes, u0);
        if (C.Value > 1) S.Store(sums + (2 * S.Lanes), w1);
        if (C.Value > 1) S.Store(sums + (3 * S.Lanes), u1);
        if (C.Value > 2) S.Store(sums + (4 * S.Lanes), w2);
        if (C.Value > 2) S.Store(sums + (5 * S.Lanes), u2);
        if (C.Value > 3) S.Store(sums + (6 * S.Lanes), w3);
        if (C.Value > 3) S.Store(sums + (7 * S.Lanes), u3);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Finish(
        int vectors, int first, float* scales, float* a, float* sums, float* init, float* c, ref readonly GroupPlace places, int blockPitch)
    {
        V scale = S.Splat(a[0]);
        V offset = S.SplatBits(Int8Layout.LowerOffset * ((int*)a)[1]);
        for (int vector = first; vector < first + vectors; vector++)
        {
            nint upperAt = VectorPlace<S, V>.Of(in places, vector, 0, blockPitch);
            nint lowerAt = VectorPlace<S, V>.Of(in places, vector, 1, blockPitch);
            uint lane = (uint)(vector * S.Lanes);
            float* pairScales = scales + (lane / Sizes.Block * 2 * Sizes.Block) + (lane % Sizes.Block);
            V upper = S.Load(sums + S.Lanes);
            V lower = S.SubtractIntegers(S.SubtractIntegers(S.Load(sums), S.Times256(upper)), offset);
            sums += 2 * S.Lanes;

            // Both are ready before either is stored: an empty lower half has its upper half's place, and c may be init.
            V lowerChain = S.Fma(S.Multiply(S.Load(pairScales + Sizes.Block), scale), S.ToFloat(lower), S.Load(init + lowerAt));
            V upperChain = S.Fma(S.Multiply(S.Load(pairScales), scale), S.ToFloat(upper), S.Load(init + upperAt));
            S.Store(c + lowerAt, lowerChain);
            S.Store(c + upperAt, upperChain);
        }
    }
}
