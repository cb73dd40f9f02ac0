using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// The forward product of a linear layer whose outputs fit one block, weights packed as [inputs][16]: as one chain each, the outputs would take
/// the latency of a multiply-add for every input, and whoever waits for the answer of one stream would wait for that.
/// </summary>
/// <remarks>
/// An output is four chains, value k in chain k mod 4, the first begun from the bias: <c>(c0 + c1) + (c2 + c3)</c>. Lane l of a vector is
/// output <c>first + l</c>; the padding of the last vector is computed like the outputs. Four rows run side by side, with 16 registers two;
/// what is left of them in twos and alone. What is left of the inputs after whole fours goes on in the first chains.
/// </remarks>
internal static unsafe class NarrowProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    private const int Chains = 4;

    /// <summary><c>y = bias + W x</c> row by row.</summary>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="outputs">1 to 16.</param>
    /// <param name="inputs">Values of a row of x; nothing behind them is read.</param>
    /// <param name="x">What the weights meet.</param>
    /// <param name="weights">[inputs, 16].</param>
    /// <param name="bias">[16].</param>
    /// <param name="y">Written in whole vectors.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward(int rows, int outputs, int inputs, Rows x, float* weights, float* bias, Rows y)
    {
        int row = 0;
        for (; S.ManyRegisters && row + 4 <= rows; row += 4) Group<Four>(outputs, inputs, x.From(row), weights, bias, y.From(row));
        for (; row + 2 <= rows; row += 2) Group<Two>(outputs, inputs, x.From(row), weights, bias, y.From(row));
        if (row < rows) Group<One>(outputs, inputs, x.From(row), weights, bias, y.From(row));
    }

    /// <summary>The answer of one row to a place that has no room for padding. With few branches, none of them a loop.</summary>
    /// <param name="row">A row that <see cref="Forward"/> wrote.</param>
    /// <param name="outputs">4 to 16.</param>
    /// <param name="answer">[<paramref name="outputs"/>].</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void CopyAnswer(float* row, int outputs, float* answer)
    {
        // Two pieces that overlap.
        if (outputs >= Sizes.HalfBlock)
        {
            Vector256<float> end = Vector256.Load(row + outputs - Sizes.HalfBlock);
            Vector256.Load(row).Store(answer);
            end.Store(answer + outputs - Sizes.HalfBlock);
        }
        else
        {
            Vector128<float> end = Vector128.Load(row + outputs - 4);
            Vector128.Load(row).Store(answer);
            end.Store(answer + outputs - 4);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Group<R>(int outputs, int inputs, Rows x, float* weights, float* bias, Rows y)
        where R : struct, ICount
    {
        for (int first = 0; first < outputs; first += S.Lanes) Tile<R>(inputs, x.Data, x.Stride, weights + first, bias + first, y.Data + first, y.Stride);
    }

    // One vector of outputs of up to four rows.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Tile<R>(int inputs, float* x, nint xStride, float* w, float* bias, float* y, nint yStride)
        where R : struct, ICount
    {
        float* x1 = R.Value > 1 ? x + xStride : x;
        float* x2 = R.Value > 2 ? x1 + xStride : x;
        float* x3 = R.Value > 2 ? x2 + xStride : x;
        V a0 = S.Load(bias), a1 = S.Splat(0f), a2 = a1, a3 = a1;
        V b0 = a0, b1 = a1, b2 = a1, b3 = a1;
        V c0 = a0, c1 = a1, c2 = a1, c3 = a1;
        V d0 = a0, d1 = a1, d2 = a1, d3 = a1;
        int k = 0;
        for (; k + Chains <= inputs; k += Chains)
        {
            V w0 = S.Load(w);
            V w1 = S.Load(w + Sizes.Block);
            V w2 = S.Load(w + (2 * Sizes.Block));
            V w3 = S.Load(w + (3 * Sizes.Block));
            w += Chains * Sizes.Block;
            a0 = S.Fma(S.Splat(x[k]), w0, a0);
            a1 = S.Fma(S.Splat(x[k + 1]), w1, a1);
            a2 = S.Fma(S.Splat(x[k + 2]), w2, a2);
            a3 = S.Fma(S.Splat(x[k + 3]), w3, a3);
            if (R.Value > 1)
            {
                b0 = S.Fma(S.Splat(x1[k]), w0, b0);
                b1 = S.Fma(S.Splat(x1[k + 1]), w1, b1);
                b2 = S.Fma(S.Splat(x1[k + 2]), w2, b2);
                b3 = S.Fma(S.Splat(x1[k + 3]), w3, b3);
            }

            if (R.Value > 2)
            {
                c0 = S.Fma(S.Splat(x2[k]), w0, c0);
                c1 = S.Fma(S.Splat(x2[k + 1]), w1, c1);
                c2 = S.Fma(S.Splat(x2[k + 2]), w2, c2);
                c3 = S.Fma(S.Splat(x2[k + 3]), w3, c3);
                d0 = S.Fma(S.Splat(x3[k]), w0, d0);
                d1 = S.Fma(S.Splat(x3[k + 1]), w1, d1);
                d2 = S.Fma(S.Splat(x3[k + 2]), w2, d2);
                d3 = S.Fma(S.Splat(x3[k + 3]), w3, d3);
            }
        }

        // What is left, for the first chains.
        if (k < inputs) Add<R>(S.Load(w), x + k, x1 + k, x2 + k, x3 + k, ref a0, ref b0, ref c0, ref d0);
        if (k + 1 < inputs) Add<R>(S.Load(w + Sizes.Block), x + k + 1, x1 + k + 1, x2 + k + 1, x3 + k + 1, ref a1, ref b1, ref c1, ref d1);
        if (k + 2 < inputs) Add<R>(S.Load(w + (2 * Sizes.Block)), x + k + 2, x1 + k + 2, x2 + k + 2, x3 + k + 2, ref a2, ref b2, ref c2, ref d2);

        S.Store(y, S.Add(S.Add(a0, a1), S.Add(a2, a3)));
        if (R.Value > 1) S.Store(y + yStride, S.Add(S.Add(b0, b1), S.Add(b2, b3)));
        if (R.Value > 2) S.Store(y + (2 * yStride), S.Add(S.Add(c0, c1), S.Add(c2, c3)));
        if (R.Value > 2) S.Store(y + (3 * yStride), S.Add(S.Add(d0, d1), S.Add(d2, d3)));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Add<R>(V w, float* x0, float* x1, float* x2, float* x3, ref V a, ref V b, ref V c, ref V d)
        where R : struct, ICount
    {
        a = S.Fma(S.Splat(*x0), w, a);
        if (R.Value > 1) b = S.Fma(S.Splat(*x1), w, b);
        if (R.Value > 2) c = S.Fma(S.Splat(*x2), w, c);
        if (R.Value > 2) d = S.Fma(S.Splat(*x3), w, d);
    }
}
