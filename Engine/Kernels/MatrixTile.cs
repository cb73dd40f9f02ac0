using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>A number known to the JIT, so that the parts of a tile that a shape does not have are compiled away.</summary>
internal interface ICount
{
    static abstract int Value { get; }
}

internal readonly struct One : ICount
{
    public static int Value => 1;
}

internal readonly struct Two : ICount
{
    public static int Value => 2;
}

internal readonly struct Three : ICount
{
    public static int Value => 3;
}

internal readonly struct Four : ICount
{
    public static int Value => 4;
}

internal readonly struct Five : ICount
{
    public static int Value => 5;
}

internal readonly struct Six : ICount
{
    public static int Value => 6;
}

/// <summary>Whether a tile asks for memory ahead of its use, a line per step of the depth.</summary>
internal interface IAhead
{
    static abstract bool Asks { get; }
}

internal readonly struct AsksForNothing : IAhead
{
    public static bool Asks => false;
}

internal readonly struct AsksAhead : IAhead
{
    public static bool Asks => true;
}

/// <summary>
/// The register tile of <see cref="MatrixProduct"/>: up to 6 rows × 4 vectors of columns, all accumulators in registers over the depth.
/// </summary>
/// <remarks>
/// Lane l of <c>c_rj</c> is element (row r, column j·D·Lanes + l). Per step of the depth each vector of B is loaded once, each
/// element of A is spread over a vector once, and every pair of them makes one fused multiply-add. Shapes from 1×1 to 6×4 are
/// this one method, compiled with the rows and vectors it does not have left out; there are no remainders in the columns
/// because panels are padded. Vectors are neighbours (D is 1), or every second one is left out (2).
/// </remarks>
internal static unsafe class MatrixTile<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <summary>The whole depth of one tile.</summary>
    /// <param name="product">The product it belongs to.</param>
    /// <param name="a">A of its first row.</param>
    /// <param name="b">B of its first column.</param>
    /// <param name="init">Init of its first element.</param>
    /// <param name="c">C of its first element.</param>
    /// <param name="hint">What to ask for first, if anything.</param>
    /// <param name="hintStep">From there to what to ask for at the next step.</param>
    /// <typeparam name="R">Rows.</typeparam>
    /// <typeparam name="C">Vectors of columns.</typeparam>
    /// <typeparam name="D">Distance of the vectors, in vectors.</typeparam>
    /// <typeparam name="F">Whether anything is asked for.</typeparam>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run<R, C, D, F>(in MatrixProduct product, float* a, float* b, float* init, float* c, float* hint, nint hintStep)
        where R : struct, ICount
        where C : struct, ICount
        where D : struct, ICount
        where F : struct, IAhead
    {
        int lanes = S.Lanes * D.Value;
        nint aRow = product.ARow;
        nint aDepth = product.ADepth;
        nint bDepth = product.BDepth;

        float* a0 = a;
        float* a1 = R.Value > 1 ? a0 + aRow : a;
        float* a2 = R.Value > 2 ? a1 + aRow : a;
        float* a3 = R.Value > 3 ? a2 + aRow : a;
        float* a4 = R.Value > 4 ? a3 + aRow : a;
        float* a5 = R.Value > 5 ? a4 + aRow : a;

        nint initRow = product.InitRow;
        V c00 = S.Load(init);
        V c01 = C.Value > 1 ? S.Load(init + lanes) : default;
        V c02 = C.Value > 2 ? S.Load(init + (2 * lanes)) : default;
        V c03 = C.Value > 3 ? S.Load(init + (3 * lanes)) : default;
        V c10 = R.Value > 1 ? S.Load(init + initRow) : default;
        V c11 = R.Value > 1 && C.Value > 1 ? S.Load(init + initRow + lanes) : default;
        V c12 = R.Value > 1 && C.Value > 2 ? S.Load(init + initRow + (2 * lanes)) : default;
        V c13 = R.Value > 1 && C.Value > 3 ? S.Load(init + initRow + (3 * lanes)) : default;
        V c20 = R.Value > 2 ? S.Load(init + (2 * initRow)) : default;
        V c21 = R.Value > 2 && C.Value > 1 ? S.Load(init + (2 * initRow) + lanes) : default;
        V c22 = R.Value > 2 && C.Value > 2 ? S.Load(init + (2 * initRow) + (2 * lanes)) : default;
        V c23 = R.Value > 2 && C.Value > 3 ? S.Load(init + (2 * initRow) + (3 * lanes)) : default;
        V c30 = R.Value > 3 ? S.Load(init + (3 * initRow)) : default;
        V c31 = R.Value > 3 && C.Value > 1 ? S.Load(init + (3 * initRow) + lanes) : default;
        V c32 = R.Value > 3 && C.Value > 2 ? S.Load(init + (3 * initRow) + (2 * lanes)) : default;
        V c33 = R.Value > 3 && C.Value > 3 ? S.Load(init + (3 * initRow) + (3 * lanes)) : default;
        V c40 = R.Value > 4 ? S.Load(init + (4 * initRow)) : default;
        V c41 = R.Value > 4 && C.Value > 1 ? S.Load(init + (4 * initRow) + lanes) : default;
        V c42 = R.Value > 4 && C.Value > 2 ? S.Load(init + (4 * initRow) + (2 * lanes)) : default;
        V c43 = R.Value > 4 && C.Value > 3 ? S.Load(init + (4 * initRow) + (3 * lanes)) : default;
        V c50 = R.Value > 5 ? S.Load(init + (5 * initRow)) : default;
        V c51 = R.Value > 5 && C.Value > 1 ? S.Load(init + (5 * initRow) + lanes) : default;
        V c52 = R.Value > 5 && C.Value > 2 ? S.Load(init + (5 * initRow) + (2 * lanes)) : default;
        V c53 = R.Value > 5 && C.Value > 3 ? S.Load(init + (5 * initRow) + (3 * lanes)) : default;

        for (int segment = product.Segments; segment > 0; segment--)
        {
            for (int k = product.Depth; k > 0; k--)
            {
                V b0 = S.Load(b);
                V b1 = C.Value > 1 ? S.Load(b + lanes) : default;
                V b2 = C.Value > 2 ? S.Load(b + (2 * lanes)) : default;
                V b3 = C.Value > 3 ? S.Load(b + (3 * lanes)) : default;
                b += bDepth;
                if (F.Asks)
                {
                    Prefetch.ToSecondCache(hint);
                    hint += hintStep;
                }

                V x0 = S.Splat(*a0);
                a0 += aDepth;
                c00 = S.Fma(x0, b0, c00);
                if (C.Value > 1) c01 = S.Fma(x0, b1, c01);
                if (C.Value > 2) c02 = S.Fma(x0, b2, c02);
                if (C.Value > 3) c03 = S.Fma(x0, b3, c03);

                if (R.Value > 1)
                {
                    V x1 = S.Splat(*a1);
                    a1 += aDepth;
                    c10 = S.Fma(x1, b0, c10);
                    if (C.Value > 1) c11 = S.Fma(x1, b1, c11);
                    if (C.Value > 2) c12 = S.Fma(x1, b2, c12);
                    if (C.Value > 3) c13 = S.Fma(x1, b3, c13);
                }

                if (R.Value > 2)
                {
                    V x2 = S.Splat(*a2);
                    a2 += aDepth;
                    c20 = S.Fma(x2, b0, c20);
                    if (C.Value > 1) c21 = S.Fma(x2, b1, c21);
                    if (C.Value > 2) c22 = S.Fma(x2, b2, c22);
                    if (C.Value > 3) c23 = S.Fma(x2, b3, c23);
                }

                if (R.Value > 3)
                {
                    V x3 = S.Splat(*a3);
                    a3 += aDepth;
                    c30 = S.Fma(x3, b0, c30);
                    if (C.Value > 1) c31 = S.Fma(x3, b1, c31);
                    if (C.Value > 2) c32 = S.Fma(x3, b2, c32);
                    if (C.Value > 3) c33 = S.Fma(x3, b3, c33);
                }

                if (R.Value > 4)
                {
                    V x4 = S.Splat(*a4);
                    a4 += aDepth;
                    c40 = S.Fma(x4, b0, c40);
                    if (C.Value > 1) c41 = S.Fma(x4, b1, c41);
                    if (C.Value > 2) c42 = S.Fma(x4, b2, c42);
                    if (C.Value > 3) c43 = S.Fma(x4, b3, c43);
                }

                if (R.Value > 5)
                {
                    V x5 = S.Splat(*a5);
                    a5 += aDepth;
                    c50 = S.Fma(x5, b0, c50);
                    if (C.Value > 1) c51 = S.Fma(x5, b1, c51);
                    if (C.Value > 2) c52 = S.Fma(x5, b2, c52);
                    if (C.Value > 3) c53 = S.Fma(x5, b3, c53);
                }
            }

            b += product.BSkip;
            nint skip = product.ASkip;
            a0 += skip;
            a1 += skip;
            a2 += skip;
            a3 += skip;
            a4 += skip;
            a5 += skip;
        }

        nint cRow = product.CRow;
        S.Store(c, c00);
        if (C.Value > 1) S.Store(c + lanes, c01);
        if (C.Value > 2) S.Store(c + (2 * lanes), c02);
        if (C.Value > 3) S.Store(c + (3 * lanes), c03);
        if (R.Value > 1) S.Store(c + cRow, c10);
        if (R.Value > 1 && C.Value > 1) S.Store(c + cRow + lanes, c11);
        if (R.Value > 1 && C.Value > 2) S.Store(c + cRow + (2 * lanes), c12);
        if (R.Value > 1 && C.Value > 3) S.Store(c + cRow + (3 * lanes), c13);
        if (R.Value > 2) S.Store(c + (2 * cRow), c20);
        if (R.Value > 2 && C.Value > 1) S.Store(c + (2 * cRow) + lanes, c21);
        if (R.Value > 2 && C.Value > 2) S.Store(c + (2 * cRow) + (2 * lanes), c22);
        if (R.Value > 2 && C.Value > 3) S.Store(c + (2 * cRow) + (3 * lanes), c23);
        if (R.Value > 3) S.Store(c + (3 * cRow), c30);
        if (R.Value > 3 && C.Value > 1) S.Store(c + (3 * cRow) + lanes, c31);
        if (R.Value > 3 && C.Value > 2) S.Store(c + (3 * cRow) + (2 * lanes), c32);
        if (R.Value > 3 && C.Value > 3) S.Store(c + (3 * cRow) + (3 * lanes), c33);
        if (R.Value > 4) S.Store(c + (4 * cRow), c40);
        if (R.Value > 4 && C.Value > 1) S.Store(c + (4 * cRow) + lanes, c41);
        if (R.Value > 4 && C.Value > 2) S.Store(c + (4 * cRow) + (2 * lanes), c42);
        if (R.Value > 4 && C.Value > 3) S.Store(c + (4 * cRow) + (3 * lanes), c43);
        if (R.Value > 5) S.Store(c + (5 * cRow), c50);
        if (R.Value > 5 && C.Value > 1) S.Store(c + (5 * cRow) + lanes, c51);
        if (R.Value > 5 && C.Value > 2) S.Store(c + (5 * cRow) + (2 * lanes), c52);
        if (R.Value > 5 && C.Value > 3) S.Store(c + (5 * cRow) + (3 * lanes), c53);
    }
}
