using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

[Parallelizable(ParallelScope.All)]
internal sealed class ShiftedExpTests
{
    [Test]
    public void The_exponential_of_the_difference(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values(0f, 3.5f, 1000f, -1000f)] float shift)
    {
        float[] x = Array.ConvertAll(Numbers.Values(11, 256, 20f), value => value + shift);
        float[] y = [.. x];
        InstructionSets.Make(set, new Run(y, shift));

        for (int i = 0; i < x.Length; i++)
        {
            double truth = Math.Exp(x[i] - shift);
            Assert.That(Bits.UlpsFrom(truth, y[i]), Is.LessThanOrEqualTo(2.5), $"exp({x[i]:R} - {shift:R})");
        }
    }

    private sealed unsafe class Run(float[] values, float shift) : IForWidth<bool>
    {
        public bool Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            fixed (float* x = values)
            {
                ShiftedExp<S, V>.Run(values.Length, x, shift, x);
            }

            return true;
        }
    }
}
