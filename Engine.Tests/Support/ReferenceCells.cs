namespace Engine.Tests.Support;

/// <summary>The four tensors of a recurrent layer as PyTorch has them: [gates·H, I], [gates·H, H], and two biases [gates·H].</summary>
internal sealed record CellWeights(double[] InputWeight, double[] HiddenWeight, double[] InputBias, double[] HiddenBias)
{
    /// <summary>Element <paramref name="row"/> of <c>W_ih x + b_ih</c>.</summary>
    public double FromInput(int row, ReadOnlySpan<double> x) => Affine(InputWeight, InputBias, row, x);

    /// <summary>Element <paramref name="row"/> of <c>W_hh h + b_hh</c>.</summary>
    public double FromHidden(int row, ReadOnlySpan<double> h) => Affine(HiddenWeight, HiddenBias, row, h);

    public static double Affine(double[] weight, double[] bias, int row, ReadOnlySpan<double> x)
    {
        double sum = bias[row];
        for (int k = 0; k < x.Length; k++) sum += weight[(row * x.Length) + k] * x[k];
        return sum;
    }
}

/// <summary>One step of one row of every cell, in double precision, as the textbooks have it. Shares nothing with the library.</summary>
internal static class ReferenceCells
{
    public static double Sigmoid(double x) => 1 / (1 + Math.Exp(-x));

    /// <summary><c>h' = f(W_ih x + b_ih + W_hh h + b_hh)</c>.</summary>
    public static double[] Rnn(CellWeights w, ReadOnlySpan<double> x, ReadOnlySpan<double> h, Func<double, double> f)
    {
        var next = new double[h.Length];
        for (int j = 0; j < next.Length; j++) next[j] = f(w.FromInput(j, x) + w.FromHidden(j, h));
        return next;
    }

    /// <summary>Gates i, f, g, o; <c>c' = f·c + i·g</c>, <c>h' = o·tanh(c')</c>.</summary>
    public static (double[] H, double[] C) Lstm(CellWeights w, ReadOnlySpan<double> x, ReadOnlySpan<double> h, ReadOnlySpan<double> c)
    {
        int n = h.Length;
        var nextH = new double[n];
        var nextC = new double[n];
        for (int j = 0; j < n; j++)
        {
            double i = Sigmoid(w.FromInput(j, x) + w.FromHidden(j, h));
            double f = Sigmoid(w.FromInput(n + j, x) + w.FromHidden(n + j, h));
            double g = Math.Tanh(w.FromInput((2 * n) + j, x) + w.FromHidden((2 * n) + j, h));
            double o = Sigmoid(w.FromInput((3 * n) + j, x) + w.FromHidden((3 * n) + j, h));
            nextC[j] = (f * c[j]) + (i * g);
            nextH[j] = o * Math.Tanh(nextC[j]);
        }

        return (nextH, nextC);
    }

    /// <summary>Gates r, z, n with <c>n = tanh(Wn x + b_in + r·(Un h + b_hn))</c>, <c>h' = (1−z)·n + z·h</c>.</summary>
    public static double[] Gru(CellWeights w, ReadOnlySpan<double> x, ReadOnlySpan<double> h)
    {
        int n = h.Length;
        var next = new double[n];
        for (int j = 0; j < n; j++)
        {
            double r = Sigmoid(w.FromInput(j, x) + w.FromHidden(j, h));
            double z = Sigmoid(w.FromInput(n + j, x) + w.FromHidden(n + j, h));
            double candidate = Math.Tanh(w.FromInput((2 * n) + j, x) + (r * w.FromHidden((2 * n) + j, h)));
            next[j] = ((1 - z) * candidate) + (z * h[j]);
        }

        return next;
    }

    /// <summary>The same with <c>n = tanh(Wn x + b_in + Un (r·h) + b_hn)</c>.</summary>
    public static double[] GruBefore(CellWeights w, ReadOnlySpan<double> x, ReadOnlySpan<double> h)
    {
        int n = h.Length;
        var resetHidden = new double[n];
        for (int j = 0; j < n; j++) resetHidden[j] = Sigmoid(w.FromInput(j, x) + w.FromHidden(j, h)) * h[j];

        var next = new double[n];
        for (int j = 0; j < n; j++)
        {
            double z = Sigmoid(w.FromInput(n + j, x) + w.FromHidden(n + j, h));
            double candidate = Math.Tanh(w.FromInput((2 * n) + j, x) + w.FromHidden((2 * n) + j, resetHidden));
            next[j] = ((1 - z) * candidate) + (z * h[j]);
        }

        return next;
    }
}
