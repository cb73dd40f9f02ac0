using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[Parallelizable(ParallelScope.All)]
internal sealed class FixedSumsTests
{
    [Test]
    public void Sixteen_running_sums_folded_in_halves(
        [Values(0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 17, 31, 32, 33, 50, 127, 128, 1000, 4099)] int length)
    {
        // Sizes far apart, so that another order would give other bits.
        float[] values = Numbers.Values(length + 1, length);
        for (int i = 0; i < length; i++) values[i] *= MathF.Pow(10, (i * 7 % 13) - 6);

        double[] sums = new double[16];
        for (int i = 0; i < length; i++) sums[i % 16] += (double)values[i] * values[i];
        for (int half = 8; half >= 1; half /= 2)
        {
            for (int j = 0; j < half; j++) sums[j] += sums[j + half];
        }

        Assert.That(FixedSums.OfSquares(values), Is.EqualTo(sums[0]));
    }

    [Test]
    public void Large_and_small_values_neither_overflow_nor_vanish()
    {
        float[] values = [1e30f, 1e-30f, -1e30f, 0, float.Epsilon];

        Assert.That(FixedSums.OfSquares(values), Is.EqualTo(2 * ((double)1e30f * 1e30f)));
        Assert.That(FixedSums.OfSquares([float.Epsilon]), Is.EqualTo((double)float.Epsilon * float.Epsilon));
        Assert.That(FixedSums.OfSquares([1f, float.NaN]), Is.NaN);
        Assert.That(FixedSums.OfSquares([1f, float.NegativeInfinity]), Is.EqualTo(double.PositiveInfinity));
    }
}
