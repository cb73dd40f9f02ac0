using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[Parallelizable(ParallelScope.All)]
internal sealed class AdamKernelTests
{
    private const int Count = 1024;

    // Plain, clipped by norm, clipped by value.
    private static (float Scale, float Limit)[] Clippings { get; } =
        [(1f, float.PositiveInfinity), (0.37f, float.PositiveInfinity), (1f, 0.25f)];

    [Test]
    public void Same_bits_as_the_formula_written_out_in_floats(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Range(0, 2)] int clipping)
    {
        AdamStep step = Step(clipping, t: 3);
        (float[] g, float[] m, float[] v, float[] p) = Start();
        (float[] m, float[] v, float[] p) expected = ([.. m], [.. v], [.. p]);
        for (int i = 0; i < Count; i++)
        {
            float gradient = Math.Clamp(g[i] * step.GradientScale, -step.GradientLimit, step.GradientLimit);
            expected.m[i] = MathF.FusedMultiplyAdd(step.Beta1, m[i], step.OneMinusBeta1 * gradient);
            expected.v[i] = MathF.FusedMultiplyAdd(step.Beta2, v[i], step.OneMinusBeta2 * gradient * gradient);
            float denominator = (MathF.Sqrt(expected.v[i]) / step.RootOfCorrection2) + step.Epsilon;
            expected.p[i] = MathF.FusedMultiplyAdd(-step.StepSize, expected.m[i] / denominator, p[i]);
        }

        InstructionSets.Make(set, new Run(step, g, m, v, p));

        Bits.AreEqual(m, expected.m, "m");
        Bits.AreEqual(v, expected.v, "v");
        Bits.AreEqual(p, expected.p, "p");
    }

    [Test]
    public void Follows_the_textbook_in_double_precision([Range(0, 2)] int clipping)
    {
        const double Beta1 = 0.9;
        const double Beta2 = 0.999;
        (float[] g, float[] m, float[] v, float[] p) = Start();
        double[] exactM = ReferenceModel.Doubles(m);
        double[] exactV = ReferenceModel.Doubles(v);
        double[] exactP = ReferenceModel.Doubles(p);
        (float scale, float limit) = Clippings[clipping];
        for (int t = 1; t <= 5; t++)
        {
            for (int i = 0; i < Count; i++)
            {
                double gradient = Math.Clamp((double)g[i] * scale, -limit, limit);
                exactM[i] = (Beta1 * exactM[i]) + ((1 - Beta1) * gradient);
                exactV[i] = (Beta2 * exactV[i]) + ((1 - Beta2) * gradient * gradient);
                double correctedM = exactM[i] / (1 - Math.Pow(Beta1, t));
                double correctedV = exactV[i] / (1 - Math.Pow(Beta2, t));
                exactP[i] -= 0.01 * correctedM / (Math.Sqrt(correctedV) + 1e-8);
            }

            InstructionSets.Make(InstructionSets.Best, new Run(Step(clipping, t), g, m, v, p));
        }

        for (int i = 0; i < Count; i++)
        {
            Assert.That((double)m[i], Is.EqualTo(exactM[i]).Within(1e-6 * (Math.Abs(exactM[i]) + 0.01)), $"m[{i}]");
            Assert.That((double)v[i], Is.EqualTo(exactV[i]).Within(1e-6 * exactV[i]), $"v[{i}]");
            Assert.That((double)p[i], Is.EqualTo(exactP[i]).Within(5e-7 * (Math.Abs(exactP[i]) + 0.1)), $"p[{i}]");
        }
    }

    [Test]
    public void Padding_stays_0([ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set)
    {
        float[] p = new float[32];
        InstructionSets.Make(set, new Run(Step(0, 1), new float[32], new float[32], new float[32], p));

        Bits.AreEqual(p, new float[32], "p");
    }

    private static AdamStep Step(int clipping, int t) => new()
    {
        GradientScale = Clippings[clipping].Scale,
        GradientLimit = Clippings[clipping].Limit,
        Beta1 = 0.9f,
        OneMinusBeta1 = 0.1f,
        Beta2 = 0.999f,
        OneMinusBeta2 = 0.001f,
        StepSize = (float)(0.01 / (1 - Math.Pow(0.9, t))),
        RootOfCorrection2 = (float)Math.Sqrt(1 - Math.Pow(0.999, t)),
        Epsilon = 1e-8f,
    };

    // The moments as a step before might have left them: v not negative.
    private static (float[] G, float[] M, float[] V, float[] P) Start() => (
        Numbers.Values(1, Count), Numbers.Values(2, Count, 0.1f),
        [.. Numbers.Values(3, Count, 0.3f).Select(x => x * x)], Numbers.Values(4, Count));

    private sealed unsafe class Run(AdamStep step, float[] g, float[] m, float[] v, float[] p) : IForWidth<bool>
    {
        public bool Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            fixed (float* gradients = g, first = m, second = v, parameters = p)
            {
                AdamKernel<S, V>.Run(p.Length, step, gradients, first, second, parameters);
            }

            return true;
        }
    }
}
