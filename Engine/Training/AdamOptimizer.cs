using Engine.Kernels;
using Engine.Memory;

namespace Engine.Training;

/// <summary>Adam's moments, and its update with the clipping folded in.</summary>
internal sealed unsafe class AdamOptimizer(int count, double beta1, double beta2, double epsilon, FlatKernels kernels)
{
    private readonly AlignedBuffer _m = new(count);
    private readonly AlignedBuffer _v = new(count);

    /// <summary>Updates made.</summary>
    public long Steps { get; private set; }

    /// <summary>Bytes of the moments.</summary>
    public long Bytes => ((long)_m.Length + _v.Length) * sizeof(float);

    /// <param name="learningRate">lr of this update.</param>
    /// <param name="gradientScale">Factor of clipping by norm.</param>
    /// <param name="gradientLimit">Limit of clipping by value.</param>
    /// <param name="gradients">Flat gradients, read only.</param>
    /// <param name="parameters">Flat parameters.</param>
    public void Update(double learningRate, float gradientScale, float gradientLimit, AlignedBuffer gradients, AlignedBuffer parameters)
    {
        Steps++;
        var step = new AdamStep
        {
            GradientScale = gradientScale,
            GradientLimit = gradientLimit,
            Beta1 = (float)beta1,
            OneMinusBeta1 = (float)(1 - beta1),
            Beta2 = (float)beta2,
            OneMinusBeta2 = (float)(1 - beta2),
            StepSize = (float)(learningRate / (1 - Power(beta1, Steps))),
            RootOfCorrection2 = (float)Math.Sqrt(1 - Power(beta2, Steps)),
            Epsilon = (float)epsilon,
        };
        kernels.Adam(count, step, gradients.Pointer, _m.Pointer, _v.Pointer, parameters.Pointer);
    }

    // By repeated squaring: Math.Pow differs from platform to platform in its last bit.
    private static double Power(double x, long n)
    {
        double result = 1;
        for (; n > 0; n >>= 1)
        {
            if ((n & 1) != 0) result *= x;
            x *= x;
        }

        return result;
    }
}
