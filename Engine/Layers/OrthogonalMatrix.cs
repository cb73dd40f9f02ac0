using System.Runtime.Intrinsics;

namespace Engine.Layers;

/// <summary>
/// A random orthogonal matrix, even over all of them: the rows of a normally distributed one made orthonormal by modified
/// Gram–Schmidt (Saxe, McClelland and Ganguli 2014 use the same through QR).
/// </summary>
internal static class OrthogonalMatrix
{
    /// <summary>[size, size], row-major.</summary>
    public static double[] Draw(RandomNumbers random, int size)
    {
        var matrix = new double[(long)size * size];
        for (int i = 0; i < matrix.Length; i++) matrix[i] = random.Normal();

        for (int i = 0; i < size; i++)
        {
            Span<double> row = matrix.AsSpan(i * size, size);
            for (int j = 0; j < i; j++)
            {
                ReadOnlySpan<double> earlier = matrix.AsSpan(j * size, size);
                AddScaled(earlier, -Dot(row, earlier), row);
            }

            AddScaled(row, (1 / Math.Sqrt(Dot(row, row))) - 1, row);
        }

        return matrix;
    }

    // Eight running lanes in a fixed order on every machine, with or without vector hardware.
    private static double Dot(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        Vector128<double> s0 = default, s1 = default, s2 = default, s3 = default;
        int i = 0;
        for (; i + 8 <= a.Length; i += 8)
        {
            s0 += Vector128.Create(a[i..]) * Vector128.Create(b[i..]);
            s1 += Vector128.Create(a[(i + 2)..]) * Vector128.Create(b[(i + 2)..]);
            s2 += Vector128.Create(a[(i + 4)..]) * Vector128.Create(b[(i + 4)..]);
            s3 += Vector128.Create(a[(i + 6)..]) * Vector128.Create(b[(i + 6)..]);
        }

        Vector128<double> folded = s0 + s1 + (s2 + s3);
        double sum = folded[0] + folded[1];
        for (; i < a.Length; i++) sum += a[i] * b[i];
        return sum;
    }

    private static void AddScaled(ReadOnlySpan<double> source, double factor, Span<double> target)
    {
        int i = 0;
        for (; i + 2 <= source.Length; i += 2)
            (Vector128.Create<double>(target[i..]) + (Vector128.Create(source[i..]) * factor)).CopyTo(target[i..]);

        for (; i < source.Length; i++) target[i] += source[i] * factor;
    }
}
