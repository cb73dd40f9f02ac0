using System.Runtime.Intrinsics;
using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>The integer operations of every width against plain ones, lane by lane, at the ends of their ranges too.</summary>
internal sealed class IntegerSimdTests
{
    private const int Count = 16 * 64;

    private static readonly int[] First = Draw(1);
    private static readonly int[] Second = Draw(2);

    [Test]
    public void Every_lane([ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set) =>
        Assert.That(InstructionSets.Make(set, new AllLanes()), Is.Null);

    [Test]
    public void Halves_are_multiplied_without_an_instruction_for_it_too()
    {
        for (int i = 0; i < Count; i += 4)
        {
            Vector128<float> product = Simd128.MultiplyAddHalvesAnywhere(
                Vector128.Create(First, i).AsSingle(), Vector128.Create(Second, i).AsSingle());
            for (int lane = 0; lane < 4; lane++) Assert.That(product.AsInt32()[lane], Is.EqualTo(Halves(First[i + lane], Second[i + lane])));
        }
    }

    private static int Halves(int a, int b) => unchecked(((short)a * (short)b) + ((short)(a >> 16) * (short)(b >> 16)));

    private static int Bytes(int a) => ((short)(a >> 16) >> 8 << 16) | (((short)a >> 8) & 0xFFFF);

    private static int[] Draw(int seed)
    {
        var random = new Random(seed);
        int[] special = [0, -1, 1, int.MaxValue, int.MinValue, 0x7FFF_8001, unchecked((int)0x8001_7FFF), 0x0100_00FF];
        return [.. Enumerable.Range(0, Count).Select(i => i % 3 == 0 ? special[random.Next(8)] : random.Next(int.MinValue, int.MaxValue))];
    }

    private sealed unsafe class AllLanes : IForWidth<string?>
    {
        public string? Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            int* result = stackalloc int[16];
            short* halves = stackalloc short[16];
            fixed (int* first = First, second = Second)
            {
                for (int i = 0; i < Count; i += S.Lanes)
                {
                    V a = S.Load((float*)(first + i)), b = S.Load((float*)(second + i));
                    string? wrong = Wrong(S.LowerHalf(a), "LowerHalf", (x, _) => x << 16)
                        ?? Wrong(S.UpperBytes(a), "UpperBytes", (x, _) => Bytes(x))
                        ?? Wrong(S.MultiplyAddHalves(a, b), "MultiplyAddHalves", Halves)
                        ?? Wrong(S.AddIntegers(a, b), "AddIntegers", (x, y) => unchecked(x + y))
                        ?? Wrong(S.SubtractIntegers(a, b), "SubtractIntegers", (x, y) => unchecked(x - y))
                        ?? Wrong(S.Times256(a), "Times256", (x, _) => unchecked(x * 256))
                        ?? Wrong(S.MaxIntegers(a, b), "MaxIntegers", Math.Max)
                        ?? Wrong(S.ToFloat(a), "ToFloat", (x, _) => BitConverter.SingleToInt32Bits(x))
                        ?? Wrong(S.SplatBits(77 - i), "SplatBits", (_, _) => 77 - i);
                    S.StoreLowerHalves(halves, a);
                    for (int lane = 0; lane < S.Lanes && wrong is null; lane++)
                        if (halves[lane] != (short)First[i + lane]) wrong = "StoreLowerHalves";
                    if (wrong is not null) return wrong;

                    string? Wrong(V got, string name, Func<int, int, int> expected)
                    {
                        S.Store((float*)result, got);
                        for (int lane = 0; lane < S.Lanes; lane++)
                            if (result[lane] != expected(First[i + lane], Second[i + lane])) return $"{name}: lane {lane} of {i}";
                        return null;
                    }
                }
            }

            return null;
        }
    }
}
