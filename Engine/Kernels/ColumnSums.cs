using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>
/// Gradients of biases: the sum of every column over the rows, from the last row to the first, as the weights' gradients run.
/// </summary>
internal static unsafe class ColumnSums<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <summary><c>sums[j] += Σ d[row, j]</c>.</summary>
    /// <param name="rows">Rows to add.</param>
    /// <param name="columns">Columns, a multiple of 16.</param>
    /// <param name="d">The rows.</param>
    /// <param name="sums">[columns].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Accumulate(int rows, int columns, Rows d, float* sums)
    {
        for (int row = rows - 1; row >= 0; row--)
        {
            float* values = d.Data + (row * d.Stride);
            for (int j = 0; j < columns; j += S.Lanes) S.Store(sums + j, S.Add(S.Load(sums + j), S.Load(values + j)));
        }
    }
}
