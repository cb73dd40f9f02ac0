namespace Engine.Demo.Tasks;

/// <summary>What is asked of one row of logits.</summary>
internal static class Softmax
{
    /// <summary>−log of the probability of <paramref name="target"/>, in nats.</summary>
    public static double CrossEntropy(ReadOnlySpan<float> logits, int target)
    {
        double largest = logits[Best(logits)];
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - largest);
        return largest + Math.Log(sum) - logits[target];
    }

    /// <summary>The index of the largest.</summary>
    public static int Best(ReadOnlySpan<float> logits)
    {
        int best = 0;
        for (int i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best]) best = i;
        }

        return best;
    }

    /// <summary>Draws an index with the probabilities that the logits stand for.</summary>
    public static int Sample(ReadOnlySpan<float> logits, SmallRandom random)
    {
        double largest = logits[Best(logits)];
        double sum = 0;
        foreach (float logit in logits) sum += Math.Exp(logit - largest);

        double left = random.NextDouble() * sum;
        for (int i = 0; i < logits.Length - 1; i++)
        {
            left -= Math.Exp(logits[i] - largest);
            if (left < 0) return i;
        }

        return logits.Length - 1;
    }
}
