using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[Parallelizable(ParallelScope.All)]
internal sealed class LogarithmTests
{
    [Test]
    public void At_most_2_ulps_from_the_platforms()
    {
        double largest = 0;
        double at = 0;
        for (int exponent = -1022; exponent <= 1023; exponent++)
        {
            for (int step = 0; step < 64; step++)
            {
                double x = Math.ScaleB(1 + ((step + 0.37) / 64), exponent);
                Measure(x);
            }
        }

        // Around 1 the logarithm is small and its last place, too.
        for (int i = 1; i < 100_000; i++)
        {
            Measure(1 + (i * 1e-5));
            Measure(1 - (i * 0.99e-5));
            Measure(1 + (i * 2.220446049250313e-16));
        }

        TestContext.Out.WriteLine($"ln: at most {largest:0.00} ULP from Math.Log, at {at:R}");
        Assert.That(largest, Is.LessThanOrEqualTo(2), $"at {at:R}");

        void Measure(double x)
        {
            double truth = Math.Log(x);
            double ulps = Math.Abs(Logarithm.Natural(x) - truth) / (Math.BitIncrement(Math.Abs(truth)) - Math.Abs(truth));
            if (ulps <= largest) return;
            largest = ulps;
            at = x;
        }
    }

    [Test]
    public void Ends_of_its_range()
    {
        Assert.That(Logarithm.Natural(1), Is.EqualTo(0));
        Assert.That(Logarithm.Natural(0), Is.EqualTo(double.NegativeInfinity));
        Assert.That(Logarithm.Natural(double.PositiveInfinity), Is.EqualTo(double.PositiveInfinity));
        Assert.That(Logarithm.Natural(-1), Is.NaN);
        Assert.That(Logarithm.Natural(double.NaN), Is.NaN);
    }
}
