namespace Engine.Tests.Support;

/// <summary>The losses in double precision, as PyTorch defines them.</summary>
internal static class ReferenceLosses
{
    /// <summary>Mean of (y − target)².</summary>
    public static double MeanSquaredError(double[] y, float[] targets)
    {
        double sum = 0;
        for (int i = 0; i < y.Length; i++) sum += (y[i] - targets[i]) * (y[i] - targets[i]);
        return sum / y.Length;
    }

    /// <summary>Mean of −log softmax(y)[class] over the rows whose class is not <paramref name="ignore"/>.</summary>
    public static double CrossEntropy(double[] y, int[] classes, int ignore)
    {
        int outputs = y.Length / classes.Length;
        double sum = 0;
        for (int row = 0; row < classes.Length; row++)
        {
            if (classes[row] == ignore) continue;
            double[] logits = y[(row * outputs)..((row + 1) * outputs)];
            double highest = logits.Max();
            sum += highest + Math.Log(logits.Sum(value => Math.Exp(value - highest))) - logits[classes[row]];
        }

        return sum / classes.Count(id => id != ignore);
    }
}
