using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>
/// The products of a linear layer of few outputs, whose weights are rows of [padded inputs]: as a column of a panel, one output would be a
/// chain as long as the inputs are many, and whoever waits for the answer would wait for it.
/// </summary>
/// <remarks>
/// An output is 16 running sums, value k in sum k mod 16, folded in halves: 8 and 8, 4 and 4, 2 and 2, 1 and 1. Lane l of the j-th vector is sum
/// <c>j·Lanes + l</c>. What is left of the inputs goes on in the same sums, whole vectors first, then one by one, so that nothing behind
/// the inputs is read. Gradients have lanes along the inputs.
/// </remarks>
internal static unsafe class HeadProduct<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    private const int Sums = Sizes.Block;

    // Vectors of a row of gradients at once: enough chains to hide half of the multiply-add's latency with the fewest registers.
    private const int GradientVectors = 4;

    // Rows that give all of their columns before others do, so that each is read on from where it was left, and the processor fetches ahead.
    private const int GradientRows = 16;

    /// <summary><c>y = bias + W x</c> row by row.</summary>
    /// <param name="rows">Rows of x and y.</param>
    /// <param name="outputs">Rows of W.</param>
    /// <param name="inputs">Values of a row of x; nothing behind them is read.</param>
    /// <param name="x">What the weights meet.</param>
    /// <param name="weights">[outputs, padded inputs].</param>
    /// <param name="bias">[outputs].</param>
    /// <param name="y">Written, no padding.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    [SkipLocalsInit]
    public static void Forward(int rows, int outputs, int inputs, Rows x, float* weights, float* bias, Rows y)
    {
        float* sums = stackalloc float[Sums];
        nint stride = Sizes.Padded(inputs);
        for (int row = 0; row < rows; row++)
        {
            float* xRow = x.From(row).Data;
            float* yRow = y.From(row).Data;
            float* w = weights;
            for (int output = 0; output < outputs; output++, w += stride)
            {
                Sum(xRow, w, inputs, sums);
                yRow[output] = bias[output] + Fold(sums);
            }
        }
    }

    /// <summary><c>dx = dy · W</c>, one chain over the outputs in order.</summary>
    /// <param name="rows">Rows of dx and dy.</param>
    /// <param name="outputs">Rows of W.</param>
    /// <param name="inputs">Columns of W.</param>
    /// <param name="dy">Gradient of the outputs.</param>
    /// <param name="weights">[outputs, padded inputs].</param>
    /// <param name="dx">Written, with its padding.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void InputGradient(int rows, int outputs, int inputs, Rows dy, float* weights, Rows dx)
    {
        int padded = Sizes.Padded(inputs);
        for (int row = 0; row < rows; row++)
        {
            float* dyRow = dy.From(row).Data;
            float* dxRow = dx.From(row).Data;
            V d = S.Splat(dyRow[0]);
            V zero = S.Splat(0f);
            int i = 0;
            for (; i + (GradientVectors * S.Lanes) <= padded; i += GradientVectors * S.Lanes)
            {
                float* w = weights + i;
                V s0 = S.Fma(d, S.Load(w), zero);
                V s1 = S.Fma(d, S.Load(w + S.Lanes), zero);
                V s2 = S.Fma(d, S.Load(w + (2 * S.Lanes)), zero);
                V s3 = S.Fma(d, S.Load(w + (3 * S.Lanes)), zero);
                for (int output = 1; output < outputs; output++)
                {
                    w += padded;
                    V other = S.Splat(dyRow[output]);
                    s0 = S.Fma(other, S.Load(w), s0);
                    s1 = S.Fma(other, S.Load(w + S.Lanes), s1);
                    s2 = S.Fma(other, S.Load(w + (2 * S.Lanes)), s2);
                    s3 = S.Fma(other, S.Load(w + (3 * S.Lanes)), s3);
                }

                S.Store(dxRow + i, s0);
                S.Store(dxRow + i + S.Lanes, s1);
                S.Store(dxRow + i + (2 * S.Lanes), s2);
                S.Store(dxRow + i + (3 * S.Lanes), s3);
            }

            for (; i < padded; i += S.Lanes)
            {
                V sum = zero;
                float* w = weights + i;
                for (int output = 0; output < outputs; output++, w += padded) sum = S.Fma(S.Splat(dyRow[output]), S.Load(w), sum);
                S.Store(dxRow + i, sum);
            }
        }
    }

    /// <summary><c>dW += dyᵀ · x</c>, one chain over the rows from the last to the first.</summary>
    /// <param name="rows">Rows of x and dy.</param>
    /// <param name="outputs">Rows of dW.</param>
    /// <param name="inputs">Columns of dW.</param>
    /// <param name="dy">Gradient of the outputs.</param>
    /// <param name="x">What the weights met; padded, with anything there.</param>
    /// <param name="gradient">[outputs, padded inputs], added to; its padding is 0 and stays 0.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void AccumulateGradient(int rows, int outputs, int inputs, Rows dy, Rows x, float* gradient)
    {
        for (int end = rows; end > 0; end -= GradientRows)
        {
            int first = Math.Max(0, end - GradientRows);
            AccumulateRows(end - first, outputs, Sizes.Padded(inputs), dy.From(first), x.From(first), gradient);
        }

        int padding = Sizes.Padded(inputs) - inputs;
        for (int output = 1; output <= outputs; output++) new Span<float>(gradient + (output * Sizes.Padded(inputs)) - padding, padding).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void AccumulateRows(int rows, int outputs, int padded, Rows dy, Rows x, float* gradient)
    {
        for (int output = 0; output < outputs; output++, gradient += padded)
        {
            int i = 0;
            for (; i + (GradientVectors * S.Lanes) <= padded; i += GradientVectors * S.Lanes)
            {
                V g0 = S.Load(gradient + i);
                V g1 = S.Load(gradient + i + S.Lanes);
                V g2 = S.Load(gradient + i + (2 * S.Lanes));
                V g3 = S.Load(gradient + i + (3 * S.Lanes));
                for (int row = rows - 1; row >= 0; row--)
                {
                    V d = S.Splat(dy.From(row).Data[output]);
                    float* xRow = x.From(row).Data + i;
                    g0 = S.Fma(d, S.Load(xRow), g0);
                    g1 = S.Fma(d, S.Load(xRow + S.Lanes), g1);
                    g2 = S.Fma(d, S.Load(xRow + (2 * S.Lanes)), g2);
                    g3 = S.Fma(d, S.Load(xRow + (3 * S.Lanes)), g3);
                }

                S.Store(gradient + i, g0);
                S.Store(gradient + i + S.Lanes, g1);
                S.Store(gradient + i + (2 * S.Lanes), g2);
                S.Store(gradient + i + (3 * S.Lanes), g3);
            }

            for (; i < padded; i += S.Lanes)
            {
                V g = S.Load(gradient + i);
                for (int row = rows - 1; row >= 0; row--) g = S.Fma(S.Splat(dy.From(row).Data[output]), S.Load(x.From(row).Data + i), g);
                S.Store(gradient + i, g);
            }
        }
    }

    // The 16 sums of one output, written.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Sum(float* x, float* w, int inputs, float* sums)
    {
        int k = 0;
        if (S.Lanes == 1)
        {
            new Span<float>(sums, Sums).Clear();
        }
        else
        {
            // As many vectors as 16 sums take: 1, 2 or 4.
            V s0 = S.Splat(0f), s1 = s0, s2 = s0, s3 = s0;
            for (; k + Sums <= inputs; k += Sums)
            {
                s0 = S.Fma(S.Load(x + k), S.Load(w + k), s0);
                if (S.Lanes < 16) s1 = S.Fma(S.Load(x + k + S.Lanes), S.Load(w + k + S.Lanes), s1);
                if (S.Lanes < 8) s2 = S.Fma(S.Load(x + k + (2 * S.Lanes)), S.Load(w + k + (2 * S.Lanes)), s2);
                if (S.Lanes < 8) s3 = S.Fma(S.Load(x + k + (3 * S.Lanes)), S.Load(w + k + (3 * S.Lanes)), s3);
            }

            if (k + S.Lanes <= inputs)
            {
                s0 = S.Fma(S.Load(x + k), S.Load(w + k), s0);
                k += S.Lanes;
            }

            if (S.Lanes < 8 && k + S.Lanes <= inputs)
            {
                s1 = S.Fma(S.Load(x + k), S.Load(w + k), s1);
                k += S.Lanes;
            }

            if (S.Lanes < 8 && k + S.Lanes <= inputs)
            {
                s2 = S.Fma(S.Load(x + k), S.Load(w + k), s2);
                k += S.Lanes;
            }

            S.Store(sums, s0);
            if (S.Lanes < 16) S.Store(sums + S.Lanes, s1);
            if (S.Lanes < 8) S.Store(sums + (2 * S.Lanes), s2);
            if (S.Lanes < 8) S.Store(sums + (3 * S.Lanes), s3);
        }

        for (; k < inputs; k++) sums[k % Sums] = SimdScalar.Fma(x[k], w[k], sums[k % Sums]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static float Fold(float* sums)
    {
        Vector128<float> low = Vector128.Load(sums) + Vector128.Load(sums + 8);
        Vector128<float> high = Vector128.Load(sums + 4) + Vector128.Load(sums + 12);
        Vector128<float> four = low + high;
        Vector128<float> two = four + Vector128.Shuffle(four, Vector128.Create(2, 3, 0, 1));
        return two[0] + two[1];
    }
}
