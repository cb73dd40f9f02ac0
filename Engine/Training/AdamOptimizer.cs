using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;
using Engine.Threads;

namespace Engine.Training;

/// <summary>Adam's moments, and its update with the clipping folded in.</summary>
internal sealed unsafe class AdamOptimizer(int count, double beta1, double beta2, double epsilon, FlatKernels kernels, Crew? crew = null)
{
    // What one parameter costs in multiply-adds of a product: a root, two divisions and 20 bytes.
    private const int WorkPerParameter = 16;

    private const int ChunkBlocks = 1024;
    private const int MostChunks = 1024;

    private readonly AlignedBuffer _m = new(count);
    private readonly AlignedBuffer _v = new(count);

    /// <summary>Updates made.</summary>
    public long Steps { get; set; }

    /// <summary>Running means of the gradients, flat as the parameters are.</summary>
    public AlignedBuffer FirstMoments => _m;

    /// <summary>Running means of their squares.</summary>
    public AlignedBuffer SecondMoments => _v;

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
        if (crew is not null && crew.IsWorth((long)count * WorkPerParameter))
        {
            Share(step, gradients.Pointer, parameters.Pointer);
            return;
        }

        kernels.Adam(count, step, gradients.Pointer, _m.Pointer, _v.Pointer, parameters.Pointer);
    }

    /// <summary>Copies moments and count to another optimizer of as many parameters.</summary>
    public void CopyTo(AdamOptimizer other)
    {
        _m.Span.CopyTo(other._m.Span);
        _v.Span.CopyTo(other._v.Span);
        other.Steps = Steps;
    }

    private void Share(in AdamStep step, float* gradients, float* parameters)
    {
        int blocks = (count + Sizes.Block - 1) / Sizes.Block;
        int each = Math.Max(ChunkBlocks, (blocks + MostChunks - 1) / MostChunks) * Sizes.Block;
        var job = new Job { Step = step, Gradients = gradients, M = _m.Pointer, V = _v.Pointer, Parameters = parameters, Count = count, Each = each };
        crew!.Run(kernels, &UpdateChunk, &job, (count + each - 1) / each);
    }

    private static void UpdateChunk(object? kernels, void* work, int chunk)
    {
        ref readonly Job job = ref *(Job*)work;
        int first = chunk * job.Each;
        Unsafe.As<FlatKernels>(kernels!).Adam(
            Math.Min(job.Each, job.Count - first), job.Step, job.Gradients + first, job.M + first, job.V + first, job.Parameters + first);
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

    private struct Job
    {
        public AdamStep Step;
        public float* Gradients;
        public float* M;
        public float* V;
        public float* Parameters;
        public int Count;
        public int Each;
    }
}
