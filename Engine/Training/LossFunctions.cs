using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Memory;

namespace Engine.Training;

/// <summary>Losses over tight rows of outputs, each with its gradient, which may take the outputs' place.</summary>
internal static unsafe class LossFunctions
{
    /// <summary>Mean of (y − target)²; <c>dy = 2(y − target)/count</c>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float MeanSquaredError(ReadOnlySpan<float> y, ReadOnlySpan<float> targets, Span<float> dy)
    {
        TensorPrimitives.Subtract(y, targets, dy);
        double sum = FixedSums.OfSquares(dy);
        TensorPrimitives.Multiply(dy, (float)(2.0 / y.Length), dy);
        return (float)(sum / y.Length);
    }

    /// <summary>
    /// Mean over the rows that count of <c>log Σ e^y − y[class]</c>; <c>dy = (softmax(y) − 1[class]) / rows</c>, 0 for rows that do not.
    /// </summary>
    /// <param name="kernels">Kernels of the model's width.</param>
    /// <param name="y">[rows, outputs].</param>
    /// <param name="classes">[rows], each 0 to outputs − 1 or <paramref name="ignore"/>; at least one counts.</param>
    /// <param name="ignore">The class of rows that do not count.</param>
    /// <param name="scratch">One padded row.</param>
    /// <param name="dy">[rows, outputs].</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static float CrossEntropy(
        FlatKernels kernels, ReadOnlySpan<float> y, ReadOnlySpan<int> classes, int ignore, AlignedBuffer scratch, Span<float> dy)
    {
        int outputs = y.Length / classes.Length;
        int counted = classes.Length - classes.Count(ignore);
        double loss = 0;
        for (int row = 0; row < classes.Length; row++)
        {
            Span<float> gradient = dy.Slice(row * outputs, outputs);
            if (classes[row] == ignore)
            {
                gradient.Clear();
                continue;
            }

            ReadOnlySpan<float> values = y.Slice(row * outputs, outputs);
            float highest = TensorPrimitives.Max(values);
            values.CopyTo(scratch.Span);
            kernels.ShiftedExp(scratch.Length, scratch.Pointer, highest, scratch.Pointer);

            // One after the other, in double: the same on every machine, and few beside the work before.
            double sum = 0;
            for (int i = 0; i < outputs; i++) sum += scratch.Pointer[i];

            loss += Logarithm.Natural(sum) + ((double)highest - values[classes[row]]);
            TensorPrimitives.Multiply(scratch.Span[..outputs], (float)(1 / (sum * counted)), gradient);
            gradient[classes[row]] -= 1f / counted;
        }

        return (float)(loss / counted);
    }
}
