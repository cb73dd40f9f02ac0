using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>The numbers of one Adam update, the same for every parameter.</summary>
internal struct AdamStep
{
    /// <summary>Clipping by norm: every gradient times this.</summary>
    public float GradientScale;

    /// <summary>Clipping by value: every gradient within ± this.</summary>
    public float GradientLimit;

    public float Beta1;
    public float OneMinusBeta1;
    public float Beta2;
    public float OneMinusBeta2;

    /// <summary><c>lr / (1 − β₁ᵗ)</c>.</summary>
    public float StepSize;

    /// <summary><c>√(1 − β₂ᵗ)</c>.</summary>
    public float RootOfCorrection2;

    public float Epsilon;
}

/// <summary>Clipping and Adam in one pass over flat memory. Padding has gradient 0 and stays 0.</summary>
internal static unsafe class AdamKernel<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <param name="count">Floats, a multiple of 16.</param>
    /// <param name="step">The numbers of this update.</param>
    /// <param name="gradients">Read only.</param>
    /// <param name="m">First moments.</param>
    /// <param name="v">Second moments.</param>
    /// <param name="parameters">The weights.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int count, in AdamStep step, float* gradients, float* m, float* v, float* parameters)
    {
        V scale = S.Splat(step.GradientScale);
        V limit = S.Splat(step.GradientLimit);
        V negatedLimit = S.Splat(-step.GradientLimit);
        V beta1 = S.Splat(step.Beta1);
        V oneMinusBeta1 = S.Splat(step.OneMinusBeta1);
        V beta2 = S.Splat(step.Beta2);
        V oneMinusBeta2 = S.Splat(step.OneMinusBeta2);
        V stepSize = S.Splat(step.StepSize);
        V root = S.Splat(step.RootOfCorrection2);
        V epsilon = S.Splat(step.Epsilon);

        for (int i = 0; i < count; i += S.Lanes)
        {
            V g = S.Multiply(S.Load(gradients + i), scale);
            g = S.IfGreater(g, limit, limit, g);
            g = S.IfGreater(negatedLimit, g, negatedLimit, g);

            V first = S.Fma(beta1, S.Load(m + i), S.Multiply(oneMinusBeta1, g));
            V second = S.Fma(beta2, S.Load(v + i), S.Multiply(S.Multiply(oneMinusBeta2, g), g));
            V denominator = S.Add(S.Divide(S.Sqrt(second), root), epsilon);
            S.Store(m + i, first);
            S.Store(v + i, second);
            S.Store(parameters + i, S.FmaNegated(stepSize, S.Divide(first, denominator), S.Load(parameters + i)));
        }
    }
}
