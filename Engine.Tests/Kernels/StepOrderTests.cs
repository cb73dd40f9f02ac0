using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>
/// One step of one stream, bit for bit against plain chains, in every order that a kernel can take its units in: which one a layer chooses
/// depends on the machine.
/// </summary>
[Parallelizable(ParallelScope.All)]
internal sealed class StepOrderTests
{
    internal enum Order
    {
        TwoByTwo,
        Together,
        Apart,
        Three,
    }

    private const int Block = 16;

    private static readonly int[] Units = [5, 8, 13, 16, 17, 24, 25, 32, 33, 40, 41, 48, 56, 64, 70, 80, 96];

    // Two by two at every width; together where registers can be few, the others where a vector is as wide as a block.
    private static IEnumerable<(InstructionSet Set, Order Order)> Orders => Widths.All.SelectMany(
        set => set == InstructionSet.Vector512 ? (Order[])[Order.TwoByTwo, Order.Apart, Order.Three] : [Order.TwoByTwo, Order.Together],
        (set, order) => (set, order));

    private static IEnumerable<(InstructionSet Set, Order Order)> OrdersOfStrips => Orders.Where(order => order.Order != Order.Three);

    [Test]
    public void Every_order_of_units_gives_the_bits_of_plain_chains(
        [ValueSource(nameof(Orders))] (InstructionSet Set, Order Order) order, [Values("lstm", "gru")] string cell, [Values] bool reversed,
        [Values(0, 1, 7)] int inputs, [Values] bool prepared)
    {
        foreach (int hidden in Units.Where(units => order.Order != Order.Three || (units + Block - 1) / Block == 3))
        {
            var step = new Step(cell == "lstm" ? 4 : 3, inputs, hidden, met: prepared ? hidden : 0);
            var run = new Run(step, order.Order, reversed);
            float[] actual = InstructionSets.Make(order.Set, run);
            float[] expected = cell == "lstm" ? step.Lstm() : step.Gru();
            Bits.AreEqual(actual, expected, $"{hidden} units: h and c");
            if (run.Answer is { } answer) Bits.AreEqual(answer, expected.AsSpan(0, hidden), $"{hidden} units: the answer");
            if (run.Record is { } record) Bits.AreEqual(record, step.Recorded, $"{hidden} units: the record");
        }
    }

    [Test]
    public void Units_in_two_strips_give_the_bits_of_all_at_once(
        [ValueSource(nameof(OrdersOfStrips))] (InstructionSet Set, Order Order) order, [Values("lstm", "gru")] string cell, [Values] bool reversed,
        [Values(0, 2)] int inputs)
    {
        foreach (int hidden in Units.Where(units => units > Block))
        {
            var step = new Step(cell == "lstm" ? 4 : 3, inputs, hidden, met: 0);
            float[] expected = cell == "lstm" ? step.Lstm() : step.Gru();
            for (int cut = Block; cut < hidden; cut += Block)
                Bits.AreEqual(InstructionSets.Make(order.Set, new Run(step, order.Order, reversed, cut)), expected, $"{hidden} units, cut at {cut}: h and c");
        }
    }

    /// <summary>Operands in packed rows of blocks, [unit / 16][k][gate][unit % 16], zeros in the padding.</summary>
    private sealed class Step
    {
        private readonly int _padded;

        public Step(int gates, int inputs, int hidden, int met)
        {
            (Gates, Inputs, Hidden, Met) = (gates, inputs, hidden, met);
            _padded = (hidden + Block - 1) / Block * Block;
            Init = Packed(1, 4, 1, _ => true);
            Sums = Packed(2, 4, 1, chain => met > 0 || (gates == 3 && chain == 3));
            InputWeights = Packed(3, gates, inputs, _ => true);
            HiddenWeights = Packed(4, gates, hidden, _ => true);
            X = Numbers.Values(5, inputs);
            H = [.. Numbers.Values(6, hidden), .. new float[_padded - hidden]];
            C = [.. Numbers.Values(7, hidden), .. new float[_padded - hidden]];
        }

        public int Gates { get; }

        public int Inputs { get; }

        public int Hidden { get; }

        public int Met { get; }

        /// <summary>Four chains of a unit, where the sums over x begin.</summary>
        public float[] Init { get; }

        /// <summary>The same over h: zeros but for what was met before, and the bias of a GRU's candidate.</summary>
        public float[] Sums { get; }

        public float[] InputWeights { get; }

        public float[] HiddenWeights { get; }

        public float[] X { get; }

        public float[] H { get; }

        public float[] C { get; }

        /// <summary>The activated gates of the last call, in a row as <see cref="Init"/>; zeros in the padding.</summary>
        public float[] Recorded { get; private set; } = [];

        /// <summary>h' and c'.</summary>
        public float[] Lstm() => Each(unit =>
        {
            float Gate(int gate) => Chain(Init, gate, unit, X, InputWeights, gate, 0) + Chain(Sums, gate, unit, H[..Hidden], HiddenWeights, gate, Met);
            float[] gates = [Sigmoid(Gate(0)), Sigmoid(Gate(1)), Tanh(Gate(2)), Sigmoid(Gate(3))];
            float c = MathF.FusedMultiplyAdd(gates[1], C[unit], gates[0] * gates[2]);
            return (ExactActivations.ScaledTanh<SimdScalar, float>(gates[3], c), c, gates);
        });

        /// <summary>h', and c as it was.</summary>
        public float[] Gru() => Each(unit =>
        {
            float nx = Chain(Init, 0, unit, X, InputWeights, 0, 0);
            float r = Sigmoid(Chain(Init, 1, unit, X, InputWeights, 1, 0) + Chain(Sums, 1, unit, H[..Hidden], HiddenWeights, 0, Met));
            float z = Sigmoid(Chain(Init, 2, unit, X, InputWeights, 2, 0) + Chain(Sums, 2, unit, H[..Hidden], HiddenWeights, 1, Met));
            float nh = Chain(Sums, 3, unit, H[..Hidden], HiddenWeights, 2, Met);
            float n = Tanh(MathF.FusedMultiplyAdd(r, nh, nx));
            return (MathF.FusedMultiplyAdd(1 - z, n, z * H[unit]), C[unit], [n, r, z, nh]);
        });

        private static float Sigmoid(float x) => ExactActivations.Sigmoid<SimdScalar, float>(x);

        private static float Tanh(float x) => ExactActivations.Tanh<SimdScalar, float>(x);

        private float Chain(float[] begin, int chain, int unit, float[] values, float[] weights, int gate, int met)
        {
            float sum = begin[(((unit / Block * 4) + chain) * Block) + (unit % Block)];
            for (int k = met; k < values.Length; k++)
                sum = MathF.FusedMultiplyAdd(values[k], weights[((((unit / Block * values.Length) + k) * Gates) + gate) * Block + (unit % Block)], sum);
            return sum;
        }

        private float[] Each(Func<int, (float H, float C, float[] Gates)> cell)
        {
            float[] h = new float[_padded];
            float[] c = new float[_padded];
            Recorded = new float[4 * _padded];
            for (int unit = 0; unit < Hidden; unit++)
            {
                (h[unit], c[unit], float[] gates) = cell(unit);
                for (int gate = 0; gate < gates.Length; gate++) Recorded[(((unit / Block * 4) + gate) * Block) + (unit % Block)] = gates[gate];
            }

            return [.. h, .. c];
        }

        private float[] Packed(int seed, int gates, int depth, Func<int, bool> isUsed)
        {
            float[] values = Numbers.Values(seed, _padded * gates * depth);
            for (int i = 0; i < values.Length; i++)
            {
                int unit = (i / (Block * gates * depth) * Block) + (i % Block);
                if (unit >= Hidden || !isUsed(i / Block % gates)) values[i] = 0;
            }

            return values;
        }
    }

    /// <summary>
    /// h' and c as a kernel leaves them, of all units at once or of those before and behind a cut. Without inputs the step is recorded, as in blocks.
    /// </summary>
    private sealed unsafe class Run(Step step, Order order, bool reversed, int? cut = null) : IForWidth<float[]>
    {
        public float[]? Answer { get; private set; }

        public float[]? Record { get; private set; }

        public float[] Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            if (step.Met > 0) return Make<S, V, BegunSums>();
            return Make<S, V, NewSums>();
        }

        private float[] Make<S, V, H>()
            where S : struct, ISimd<V>
            where V : struct
            where H : struct, IHiddenSums
        {
            // Whatever is written is NaN before, but for the padding of states, which stays 0. Prepared sums go on where they stand.
            int padded = step.H.Length;
            float[] scratch = [.. Enumerable.Repeat(float.NaN, 4 * padded)];
            AlignedBuffer init = Aligned.Copy(step.Init), begun = Aligned.Copy(step.Sums), gates = Aligned.Copy(scratch), sums = Aligned.Copy(scratch);
            AlignedBuffer x = Aligned.Copy(step.X), wx = Aligned.Copy(step.InputWeights), wh = Aligned.Copy(step.HiddenWeights);
            AlignedBuffer before = Aligned.Copy(step.H), after = Aligned.Copy(new float[padded]), c = Aligned.Copy(step.C), answer = Aligned.Copy(scratch);
            bool answers = cut is null && step.Hidden % S.Lanes == 0;
            bool records = step.Inputs == 0;
            var operands = new StepOperands
            {
                Init = init.Pointer,
                HiddenSums = begun.Pointer,
                Gates = gates.Pointer,
                Sums = step.Met > 0 ? begun.Pointer : sums.Pointer,
                Met = step.Met,
                X = x.Pointer,
                Inputs = step.Inputs,
                InputWeights = wx.Pointer,
                HiddenWeights = wh.Pointer,
                Hidden = step.Hidden,
                HiddenBefore = before.Pointer,
                HiddenAfter = after.Pointer,
                Answer = answers ? answer.Pointer : null,
                CellBefore = c.Pointer,
                CellAfter = c.Pointer,
                Record = records ? init.Pointer : null,
                Units = UnitRange.All(step.Hidden),
                Reversed = reversed,
            };
            if (cut is { } unit)
            {
                Call<S, V, H>(operands with { Units = new(0, unit) });
                Call<S, V, H>(operands with { Units = new(unit, padded) });
            }
            else
            {
                Call<S, V, H>(operands);
            }

            Answer = answers ? answer.Span[..step.Hidden].ToArray() : null;
            Record = records ? Used(init.Span[..(4 * padded)]) : null;
            float[] result = [.. after.Span[..padded], .. c.Span[..padded]];
            foreach (AlignedBuffer buffer in (AlignedBuffer[])[init, begun, gates, sums, x, wx, wh, before, after, c, answer]) GC.KeepAlive(buffer);
            return result;
        }

        private void Call<S, V, H>(StepOperands operands)
            where S : struct, ISimd<V>
            where V : struct
            where H : struct, IHiddenSums
        {
            switch (order)
            {
                case Order.Apart when step.Gates == 4: LstmStep<S, V, ExactActivations, H>.RunApart(operands); break;
                case Order.Apart: GruStep<S, V, ExactActivations, H>.RunApart(operands); break;
                case Order.Three when step.Gates == 4: LstmStep<S, V, ExactActivations, H>.RunThree(operands); break;
                case Order.Three: GruStep<S, V, ExactActivations, H>.RunThree(operands); break;
                case Order.Together when step.Gates == 4: LstmStep<S, V, ExactActivations, H>.RunTogether(operands); break;
                case Order.Together: GruStep<S, V, ExactActivations, H>.RunTogether(operands); break;
                case Order.TwoByTwo when step.Gates == 4: LstmStep<S, V, ExactActivations, H>.RunTwoByTwo(operands); break;
                default: GruStep<S, V, ExactActivations, H>.RunTwoByTwo(operands); break;
            }
        }

        // A row of gates with 0 for the padding, which a step writes or leaves as it likes.
        private float[] Used(ReadOnlySpan<float> gates)
        {
            float[] used = gates.ToArray();
            for (int i = 0; i < used.Length; i++)
            {
                if ((i / (4 * Block) * Block) + (i % Block) >= step.Hidden) used[i] = 0;
            }

            return used;
        }
    }
}
