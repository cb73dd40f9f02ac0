using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[Parallelizable(ParallelScope.All)]
internal sealed class ActivationsTests
{
    // About a million floats of every sign and exponent, NaN and infinities among them. A prime, so that all low bits vary.
    private const uint Stride = 4099;

    /// <summary>A function of the kernels, and the truth.</summary>
    internal enum Function
    {
        Exp,
        Sigmoid,
        Tanh,
        FastSigmoid,
        FastTanh,
    }

    [Test]
    public void At_most_2_and_a_half_ulps_from_the_truth_over_all_floats(
        [Values(Function.Exp, Function.Sigmoid, Function.Tanh)] Function function)
    {
        double largest = 0;
        float at = 0;
        float[] x = [.. AllRanges(), .. Brinks()];
        float[] y = Apply(InstructionSets.Best, function, x);
        for (int i = 0; i < x.Length; i++)
        {
            double ulps = Bits.UlpsFrom(Truth(function, x[i]), y[i]);
            if (ulps <= largest) continue;
            largest = ulps;
            at = x[i];
        }

        TestContext.Out.WriteLine($"{function}: at most {largest:0.000} ULP over {x.Length} floats, at {at:R}");
        Assert.That(largest, Is.LessThanOrEqualTo(2.5), $"at {at:R}");
    }

    [Test]
    public void The_fast_ones_are_as_near_as_they_say_and_stay_in_range()
    {
        float[] x = [.. AllRanges(), .. Brinks()];
        float[] tanh = Apply(InstructionSets.Best, Function.FastTanh, x);
        float[] sigmoid = Apply(InstructionSets.Best, Function.FastSigmoid, x);
        double worstTanh = 0, worstSigmoid = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (float.IsNaN(x[i]) ? !float.IsNaN(tanh[i]) || !float.IsNaN(sigmoid[i]) : !(Math.Abs(tanh[i]) <= 1 && sigmoid[i] is >= 0 and <= 1))
            {
                Assert.Fail($"at {x[i]:R}: tanh is {tanh[i]:R}, sigmoid {sigmoid[i]:R}");
            }

            if (float.IsNaN(x[i])) continue;
            worstTanh = Math.Max(worstTanh, Bits.UlpsFrom(Truth(Function.Tanh, x[i]), tanh[i]));
            worstSigmoid = Math.Max(worstSigmoid, Math.Abs(Truth(Function.Sigmoid, x[i]) - sigmoid[i]));
        }

        TestContext.Out.WriteLine($"tanh: at most {worstTanh:0.0} ULP, sigmoid: {worstSigmoid:0.00e0}, over {x.Length} floats");
        Assert.That(worstTanh, Is.LessThanOrEqualTo(10));
        Assert.That(worstSigmoid, Is.LessThanOrEqualTo(4e-7));
    }

    [Test]
    public void A_scaled_tanh_is_the_product_to_a_rounding_or_two(
        [Values(Function.Tanh, Function.FastTanh)] Function function, [Values(1f, 0.99999994f, 0.7310586f, 0.5f, 0.1f, 1e-3f, 1e-30f, 0f)] float scale)
    {
        float[] x = [.. AllRanges(), .. Brinks()];
        float[] y = Apply(InstructionSets.Best, function, x, scale);
        float[] tanh = Apply(InstructionSets.Best, function, x);
        double largest = 0;
        for (int i = 0; i < x.Length; i++)
        {
            if (float.IsNaN(x[i]) ? !float.IsNaN(y[i]) : !(Math.Abs(y[i]) <= 1)) Assert.Fail($"at {x[i]:R}: {y[i]:R}");
            if (float.IsNaN(x[i])) continue;

            // Where tanh is a denormal, or the product, the fast one's factors are rounded to fewer places.
            if (Math.Abs(scale * x[i]) < 1e-36f) continue;
            largest = Math.Max(largest, Bits.UlpsFrom((double)scale * Truth(function, x[i]), y[i]));
        }

        TestContext.Out.WriteLine($"{scale:R} times {function}: at most {largest:0.000} ULP over {x.Length} floats");
        if (scale == 1) Bits.AreEqual(y, tanh, "times 1");
        Assert.That(largest, Is.LessThanOrEqualTo(function == Function.Tanh ? 3.5 : 9));
    }

    [Test]
    public void A_scaled_tanh_has_the_bits_of_the_scalar_one(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(Function.Tanh, Function.FastTanh)] Function function)
    {
        float[] x = [.. AllRanges(), .. Brinks()];

        Bits.AreEqual(Apply(set, function, x, 0.7310586f), Apply(InstructionSet.Scalar, function, x, 0.7310586f), $"{function}");
    }

    [Test]
    public void Every_width_gives_the_bits_of_the_scalar_one(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Function function)
    {
        float[] x = [.. AllRanges(), .. Brinks()];

        Bits.AreEqual(Apply(set, function, x), Apply(InstructionSet.Scalar, function, x), $"{function}");
    }

    [Test]
    public void Tanh_is_odd_to_the_bit(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(Function.Tanh, Function.FastTanh)] Function function)
    {
        float[] x = [.. AllRanges(), .. Brinks()];
        float[] negated = Array.ConvertAll(x, value => -value);

        Bits.AreEqual(Apply(set, function, negated), Array.ConvertAll(Apply(set, function, x), value => -value), "tanh(-x)");
    }

    [Test]
    public void Exact_where_the_truth_is_a_float([ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set)
    {
        const float Inf = float.PositiveInfinity;
        const float NaN = float.NaN;
        const float Max = float.MaxValue;
        Check(Function.Tanh, (0f, 0f), (-0f, -0f), (Inf, 1f), (-Inf, -1f), (10f, 1f), (-10f, -1f), (Max, 1f), (-Max, -1f), (NaN, NaN));
        Check(Function.Sigmoid, (0f, 0.5f), (-0f, 0.5f), (Inf, 1f), (-Inf, 0f), (20f, 1f), (-105f, 0f), (-Max, 0f), (NaN, NaN));
        Check(Function.Exp, (0f, 1f), (-0f, 1f), (Inf, Inf), (-Inf, 0f), (89f, Inf), (-105f, 0f), (Max, Inf), (NaN, NaN));

        // A denormal is its own tanh: the next term, x³/3, is far below its last place.
        Check(Function.Tanh, (float.Epsilon, float.Epsilon), (-3 * float.Epsilon, -3 * float.Epsilon), (1e-39f, 1e-39f));
        Check(Function.FastTanh, (0f, 0f), (-0f, -0f), (-3 * float.Epsilon, -3 * float.Epsilon), (1e-39f, 1e-39f), (NaN, NaN));

        void Check(Function function, params (float X, float Y)[] pairs) => Bits.AreEqual(
            Apply(set, function, [.. pairs.Select(pair => pair.X)]), [.. pairs.Select(pair => pair.Y)], $"{function}");
    }

    [Test]
    public void Results_that_are_denormals_are_rounded_rightly(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(Function.Exp, Function.Sigmoid)] Function function)
    {
        // e^-88 to e^-103.9 lie below the smallest normal float; the last place is then the smallest denormal. Rounding costs half a
        // place, and e^x itself, at most a place of a normal float, less than another half.
        float[] x = [.. Enumerable.Range(0, 2000).Select(i => -88f - (i * 0.00795f))];
        float[] y = Apply(set, function, x);
        for (int i = 0; i < x.Length; i++)
        {
            Assert.That(y[i], Is.LessThan(1.1754944e-38f).And.GreaterThanOrEqualTo(0f));
            Assert.That(Bits.UlpsFrom(Truth(function, x[i]), y[i]), Is.LessThanOrEqualTo(1), $"{function}({x[i]:R}) is {y[i]:R}");
        }

        Assert.That(y.Distinct().Count(), Is.GreaterThan(1000), "not flushed to 0");
    }

    [Test]
    public void Relu_keeps_what_is_positive_and_nan([ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set)
    {
        float[] x = [0f, -0f, 1f, -1f, float.Epsilon, -float.Epsilon, float.PositiveInfinity, float.NegativeInfinity, float.NaN];
        float[] expected = [0f, 0f, 1f, 0f, float.Epsilon, 0f, float.PositiveInfinity, 0f, float.NaN];

        float[] y = InstructionSets.Make(set, new Run(null, x));

        // Adding 0 makes -0 and 0 alike.
        Bits.AreEqual(Array.ConvertAll(y, value => value + 0f), expected, "relu");
    }

    private static IEnumerable<float> AllRanges()
    {
        for (ulong bits = 0; bits <= uint.MaxValue; bits += Stride) yield return BitConverter.UInt32BitsToSingle((uint)bits);
    }

    // Around the places where the kernels change over: the ends of exp's and sigmoid's range, tanh's saturation, and 0. The last two are
    // where sigmoid would be worst without the low part of ln 2.
    private static IEnumerable<float> Brinks()
    {
        float[] centres =
            [
                104f, 103.97208f, 87.33655f, 88.72284f, 89f, 9.1f, 9.010913f, 0.34657359f, 1.0397208f, 17.3f, 16.6f, 20f, 7.9f,
                7f, 15.8f, 15.43f, 1e-4f, 1f, 82.13796f, 16.64359f,
            ];
        const int Half = 2000;
        foreach (float centre in centres)
        {
            int bits = BitConverter.SingleToInt32Bits(centre);
            for (int i = -Half; i < Half; i++)
            {
                float x = BitConverter.Int32BitsToSingle(bits + i);
                yield return x;
                yield return -x;
            }
        }
    }

    private static double Truth(Function function, double x) => function switch
    {
        Function.Exp => Math.Exp(x),
        Function.Sigmoid => x < 0 ? Math.Exp(x) / (1 + Math.Exp(x)) : 1 / (1 + Math.Exp(-x)),
        _ => Math.Tanh(x),
    };

    private static float[] Apply(InstructionSet set, Function function, float[] x, float? scale = null) =>
        InstructionSets.Make(set, new Run(function, x, scale));

    // Without a function, relu. Only tanh has a scale.
    private sealed unsafe class Run(Function? function, float[] x, float? scale = null) : IForWidth<float[]>
    {
        public float[] Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            float[] padded = new float[(x.Length + 15) / 16 * 16];
            x.CopyTo(padded, 0);
            fixed (float* values = padded)
            {
                for (int i = 0; i < padded.Length; i += S.Lanes) S.Store(values + i, Of<S, V>(S.Load(values + i)));
            }

            return padded[..x.Length];
        }

        private V Of<S, V>(V value)
            where S : struct, ISimd<V>
            where V : struct => function switch
            {
                Function.Exp => Activations<S, V>.Exp(value),
                Function.Sigmoid => Activations<S, V>.Sigmoid(value),
                Function.Tanh when scale is { } s => Activations<S, V>.ScaledTanh(S.Splat(s), value),
                Function.FastTanh when scale is { } s => FastActivations.ScaledTanh<S, V>(S.Splat(s), value),
                Function.Tanh => Activations<S, V>.Tanh(value),
                Function.FastSigmoid => FastActivations.Sigmoid<S, V>(value),
                Function.FastTanh => FastActivations.Tanh<S, V>(value),
                _ => Activations<S, V>.Relu(value),
            };
    }
}
