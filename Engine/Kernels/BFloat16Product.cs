using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// <c>c = init + a·W</c> with W in <see cref="BFloat16Layout"/>: every element one chain of fused multiply-adds in increasing k, as with
/// float32, over the weights that <see cref="BFloat16Pair"/> says.
/// </summary>
/// <remarks>
/// A strip of W is read straight through, [k][vector]. Lane l of a vector is a word, two weights of lane l of two groups: the word
/// itself is the upper one, shifted left by 16 it is the lower one. So each load feeds two multiply-adds for every row. Blocks are
/// padded, so no lanes remain; what remains of vectors or rows is a smaller tile of the same code.
/// </remarks>
internal static unsafe class BFloat16Product<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <summary>Pairs of a strip of four vectors, which are 8 chains: they hide the latency of the multiply-add.</summary>
    public static int WidestStrip => Math.Max(1, 4 * S.Lanes / Sizes.Block);

    /// <param name="part">The gates that take part.</param>
    /// <param name="words">The packed matrix.</param>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="a">[rows, depth].</param>
    /// <param name="init">[rows, chains] or one row for all; may be <paramref name="c"/>.</param>
    /// <param name="c">[rows, chains], written.</param>
    /// <param name="blockPitch">Floats from one block's chains to the next in a row of c.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(PairStrips part, float* words, int rows, Rows a, Rows init, Rows c, int blockPitch)
    {
        for (int strip = 0; strip < part.Strips; strip++)
        {
            float* w = words + part.StripAt(strip);
            ref readonly GroupPlace places = ref MemoryMarshal.GetReference(part.PlacesOf(strip));
            int width = part.PairsOf(strip) * Sizes.Block;
            int row = 0;
            for (; row + 2 <= rows; row += 2)
                Across<Two>(w, width, part.Depth, a.From(row), init.From(row), c.From(row), in places, blockPitch);
            if (row < rows) Across<One>(w, width, part.Depth, a.From(row), init.From(row), c.From(row), in places, blockPitch);
        }
    }

    // The vectors of a strip in tiles of equal size, as wide as there are registers for.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Across<R>(float* w, int width, int depth, Rows a, Rows init, Rows c, ref readonly GroupPlace places, int blockPitch)
        where R : struct, ICount
    {
        int widest = R.Value == 1 || S.ManyRegisters ? 4 : 2;
        int vectors = width / S.Lanes;
        int tiles = (vectors + widest - 1) / widest;
        for (int vector = 0; tiles > 0; tiles--)
        {
            int taken = (vectors - vector + tiles - 1) / tiles;
            float* tile = w + (vector * S.Lanes);
            switch (taken)
            {
                case 4: Tile<R, Four>(tile, width, depth, a, init, c, vector, in places, blockPitch); break;
                case 3: Tile<R, Three>(tile, width, depth, a, init, c, vector, in places, blockPitch); break;
                case 2: Tile<R, Two>(tile, width, depth, a, init, c, vector, in places, blockPitch); break;
                default: Tile<R, One>(tile, width, depth, a, init, c, vector, in places, blockPitch); break;
            }

            vector += taken;
        }
    }

    // u: chains of upper weights, l: of lower ones; first digit the row, second the vector.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Tile<R, C>(
        float* w, nint width, int depth, Rows a, Rows init, Rows c, int vector, ref readonly GroupPlace places, int blockPitch)
        where R : struct, ICount
        where C : struct, ICount
    {
        nint upper0 = VectorPlace<S, V>.Of(in places, vector, 0, blockPitch);
        nint lower0 = VectorPlace<S, V>.Of(in places, vector, 1, blockPitch);
        nint upper1 = C.Value > 1 ? VectorPlace<S, V>.Of(in places, vector + 1, 0, blockPitch) : 0;
        nint lower1 = C.Value > 1 ? VectorPlace<S, V>.Of(in places, vector + 1, 1, blockPitch) : 0;
        nint upper2 = C.Value > 2 ? VectorPlace<S, V>.Of(in places, vector + 2, 0, blockPitch) : 0;
        nint lower2 = C.Value > 2 ? VectorPlace<S, V>.Of(in places, vector + 2, 1, blockPitch) : 0;
        nint upper3 = C.Value > 3 ? VectorPlace<S, V>.Of(in places, vector + 3, 0, blockPitch) : 0;
        nint lower3 = C.Value > 3 ? VectorPlace<S, V>.Of(in places, vector + 3, 1, blockPitch) : 0;

        float* a0 = a.Data;
        float* a1 = R.Value > 1 ? a0 + a.Stride : a0;
        float* init0 = init.Data;
        float* init1 = R.Value > 1 ? init0 + init.Stride : init0;
        V u00 = S.Load(init0 + upper0);
        V l00 = S.Load(init0 + lower0);
        V u01 = C.Value > 1 ? S.Load(init0 + upper1) : default;
        V l01 = C.Value > 1 ? S.Load(init0 + lower1) : default;
        V u02 = C.Value > 2 ? S.Load(init0 + upper2) : default;
        V l02 = C.Value > 2 ? S.Load(init0 + lower2) : default;
        V u03 = C.Value > 3 ? S.Load(init0 + upper3) : default;
        V l03 = C.Value > 3 ? S.Load(init0 + lower3) : default;
        V u10 = R.Value > 1 ? S.Load(init1 + upper0) : default;
        V l10 = R.Value > 1 ? S.Load(init1 + lower0) : default;
        V u11 = R.Value > 1 && C.Value > 1 ? S.Load(init1 + upper1) : default;
        V l11 = R.Value > 1 && C.Value > 1 ? S.Load(init1 + lower1) : default;
        V u12 = R.Value > 1 && C.Value > 2 ? S.Load(init1 + upper2) : default;
        V l12 = R.Value > 1 && C.Value > 2 ? S.Load(init1 + lower2) : default;
        V u13 = R.Value > 1 && C.Value > 3 ? S.Load(init1 + upper3) : default;
        V l13 = R.Value > 1 && C.Value > 3 ? S.Load(init1 + lower3) : default;

        for (int k = 0; k < depth; k++)
        {
            V v0 = S.Splat(a0[k]);
            V v1 = R.Value > 1 ? S.Splat(a1[k]) : default;
            V upper = S.Load(w);
            V lower = S.LowerHalf(upper);
            u00 = S.Fma(v0, upper, u00);
            l00 = S.Fma(v0, lower, l00);
            if (R.Value > 1)
            {
                u10 = S.Fma(v1, upper, u10);
                l10 = S.Fma(v1, lower, l10);
            }

            if (C.Value > 1)
            {
                upper = S.Load(w + S.Lanes);
                lower = S.LowerHalf(upper);
                u01 = S.Fma(v0, upper, u01);
                l01 = S.Fma(v0, lower, l01);
                if (R.Value > 1)
                {
                    u11 = S.Fma(v1, upper, u11);
                    l11 = S.Fma(v1, lower, l11);
                }
            }

            if (C.Value > 2)
            {
                upper = S.Load(w + (2 * S.Lanes));
                lower = S.LowerHalf(upper);
                u02 = S.Fma(v0, upper, u02);
                l02 = S.Fma(v0, lower, l02);
                if (R.Value > 1)
                {
                    u12 = S.Fma(v1, upper, u12);
                    l12 = S.Fma(v1, lower, l12);
                }
            }

            if (C.Value > 3)
            {
                upper = S.Load(w + (3 * S.Lanes));
                lower = S.LowerHalf(upper);
                u03 = S.Fma(v0, upper, u03);
                l03 = S.Fma(v0, lower, l03);
                if (R.Value > 1)
                {
                    u13 = S.Fma(v1, upper, u13);
                    l13 = S.Fma(v1, lower, l13);
                }
            }

            w += width;
        }

        // Lower halves first: an empty one has its upper half's place.
        float* c0 = c.Data;
        float* c1 = c0 + c.Stride;
        S.Store(c0 + lower0, l00);
        S.Store(c0 + upper0, u00);
        if (R.Value > 1)
        {
            S.Store(c1 + lower0, l10);
            S.Store(c1 + upper0, u10);
        }

        if (C.Value > 1)
        {
            S.Store(c0 + lower1, l01);
            S.Store(c0 + upper1, u01);
            if (R.Value > 1)
            {
                S.Store(c1 + lower1, l11);
                S.Store(c1 + upper1, u11);
            }
        }

        if (C.Value > 2)
        {
            S.Store(c0 + lower2, l02);
            S.Store(c0 + upper2, u02);
            if (R.Value > 1)
            {
                S.Store(c1 + lower2, l12);
                S.Store(c1 + upper2, u12);
            }
        }

        if (C.Value > 3)
        {
            S.Store(c0 + lower3, l03);
            S.Store(c0 + upper3, u03);
            if (R.Value > 1)
            {
                S.Store(c1 + lower3, l13);
                S.Store(c1 + upper3, u13);
            }
        }
    }
}
