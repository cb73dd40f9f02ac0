using Engine.Layout;
using NUnit.Framework;

namespace Engine.Tests.Layout;

/// <summary>The bound that two weights in a word keep, at the worst places and over many.</summary>
internal sealed class BFloat16PairTests
{
    private static readonly float[] Special =
    [
        0, -0f, 1, -1, float.Epsilon, -float.Epsilon, 1.1754942E-38f, 1.1754944E-38f, 1e-30f, 3, -0.1f, 0.3333333f, 1.9999999f, 255.99999f,
        1e30f, float.MaxValue, -float.MaxValue, 3.39e38f, float.BitDecrement(2), float.BitIncrement(2),
    ];

    // Ends of a word that are next to nothing, half of it, and next to all.
    private static readonly int[] Ends = [0, 1, 0x7FFF, 0x8000, 0x8001, 0xFFFF];

    [Test]
    public void Each_weight_stays_within_1_part_in_256()
    {
        var random = new Random(1);
        for (int i = 0; i < 1_000_000; i++)
        {
            float upper = i < 400 ? Special[i % 20] : Draw(random);
            float lower = i < 400 ? Special[i / 20] : Draw(random);
            AssertNear(upper, lower);
        }
    }

    [Test]
    public void The_worst_case_of_an_upper_weight_is_half_a_step()
    {
        double worst = 0;
        foreach (int end in Ends)
        {
            // The lower weight that leaves exactly this end: a bfloat16. Ends that are no finite number cannot come.
            float lower = BitConverter.Int32BitsToSingle(end << 16);
            if (!float.IsFinite(lower)) continue;
            for (int i = 0; i <= 0x1FFFF; i++)
            {
                float upper = BitConverter.Int32BitsToSingle(0x3F80_0000 + i);
                float got = BFloat16Pair.Upper(BFloat16Pair.Of(upper, lower));
                worst = Math.Max(worst, Math.Abs((double)got - upper));
            }
        }

        // Between 1 and 2 a bfloat16 goes in steps of 2⁻⁷.
        Assert.That(worst, Is.EqualTo(1.0 / 256));
    }

    [Test]
    public void Zeros_stay_zeros() => Assert.That(BFloat16Pair.Of(0, 0), Is.Zero);

    [Test]
    public void A_bfloat16_is_kept_exactly_where_it_can_be()
    {
        uint word = BFloat16Pair.Of(-1.5f, 0);
        Assert.That(BFloat16Pair.Upper(word), Is.EqualTo(-1.5f));
        Assert.That(BFloat16Pair.Lower(BFloat16Pair.Of(0.7f, -1.5f)), Is.EqualTo(-1.5f));
    }

    private static void AssertNear(float upper, float lower)
    {
        uint word = BFloat16Pair.Of(upper, lower);
        AssertNear(BFloat16Pair.Upper(word), upper, $"upper, beside {lower:R}");
        AssertNear(BFloat16Pair.Lower(word), lower, $"lower, beside {upper:R}");
    }

    private static void AssertNear(float got, float wanted, string what)
    {
        double away = Math.Abs((double)got - wanted);
        if (!(away <= Math.Max(Math.Abs((double)wanted) / 256, Math.ScaleB(1, -125)))) Assert.Fail($"{wanted:R} became {got:R} ({what})");
    }

    // Any finite number, all sizes alike.
    private static float Draw(Random random)
    {
        float value;
        do value = BitConverter.Int32BitsToSingle(random.Next(int.MinValue, int.MaxValue));
        while (!float.IsFinite(value));
        return value;
    }
}
