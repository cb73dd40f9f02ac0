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
        Apart,
        Three,
    }

    private const int Block = 16;

    private static readonly int[] Units = [5, 8, 13, 16, 17, 24, 25, 32, 33, 40, 41, 48, 56, 64, 70, 80, 96];

    // Two by two at every width; the others only where a vector is as wide as a block.
    private static IEnumerable<(InstructionSet Set, Order Order)> Orders =>
        Widths.All.SelectMany(set => set == InstructionSet.Vector512 ? Enum.GetValues<Order>() : [Order.TwoByTwo], (set, order) => (set, order));

    [Test]
    public void Every_order_of_units_gives_the_bits_of_plain_chains(
        [ValueSource(nameof(Orders))] (InstructionSet Set, Order Order) order, [Values("lstm", "gru")] string cell, [Values] bool reversed,
        [Values(0, 1, 7)] int inputs, [Values(0, 3)] int met)
    {
        foreach (int hidden in Units.Where(units => order.Order != Order.Three || (units + Block - 1) / Block == 3))
        {
            var step = new Step(cell == "lstm" ? 4 : 3, inputs, hidden, Math.Min(met, hidden));
            float[] actual = InstructionSets.Make(order.Set, new Run(step, order.Order, reversed));
            float[] expected = cell == "lstm" ? step.Lstm() : step.Gru();
            Bits.AreEqual(actual, expected, $"{hidden} units: h, the answer and c");
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

        /// <summary>h', the same as the answer, and c'.</summary>
        public float[] Lstm() => Each(unit =>
        {
            float Gate(int gate) => Chain(Init, gate, unit, X, InputWeights, gate, 0) + Chain(Sums, gate, unit, H[..Hidden], HiddenWeights, gate, Met);
            float c = MathF.FusedMultiplyAdd(Sigmoid(Gate(1)), C[unit], Sigmoid(Gate(0)) * Tanh(Gate(2)));
            return (ExactActivations.ScaledTanh<SimdScalar, float>(Sigmoid(Gate(3)), c), c);
        });

        /// <summary>h', the same as the answer, and C as it was.</summary>
        public float[] Gru() => Each(unit =>
        {
            float nx = Chain(Init, 0, unit, X, InputWeights, 0, 0);
            float r = Sigmoid(Chain(Init, 1, unit, X, InputWeights, 1, 0) + Chain(Sums, 1, unit, H[..Hidden], HiddenWeights, 0, Met));
            float z = Sigmoid(Chain(Init, 2, unit, X, InputWeights, 2, 0) + Chain(Sums, 2, unit, H[..Hidden], HiddenWeights, 1, Met));
            float nh = Chain(Sums, 3, unit, H[..Hidden], HiddenWeights, 2, Met);
            return (MathF.FusedMultiplyAdd(1 - z, Tanh(MathF.FusedMultiplyAdd(r, nh, nx)), z * H[unit]), C[unit]);
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

        private float[] Each(Func<int, (float H, float C)> cell)
        {
            float[] h = new float[_padded];
            float[] c = new float[_padded];
            for (int unit = 0; unit < Hidden; unit++) (h[unit], c[unit]) = cell(unit);
            return [.. h, .. Hidden % Block == 0 ? h : new float[_padded], .. c];
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

    /// <summary>h', the answer where there is one, and c, as a kernel leaves them.</summary>
    private sealed unsafe class Run(Step step, Order order, bool reversed) : IForWidth<float[]>
    {
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
            int padded = step.H.Length;
            AlignedBuffer[] buffers =
            [
                Aligned.Copy(step.Init), Aligned.Copy(step.Sums), Aligned.Copy(new float[4 * padded]), Aligned.Copy(new float[4 * padded]), Aligned.Copy(step.X),
                Aligned.Copy(step.InputWeights), Aligned.Copy(step.HiddenWeights), Aligned.Copy(step.H), Aligned.Copy(new float[padded]),
                Aligned.Copy(new float[padded]), Aligned.Copy(step.C),
            ];
            var operands = new StepOperands
            {
                Init = buffers[0].Pointer,
                HiddenSums = buffers[1].Pointer,
                Gates = buffers[2].Pointer,
                Sums = buffers[3].Pointer,
                Met = step.Met,
                X = buffers[4].Pointer,
                Inputs = step.Inputs,
                InputWeights = buffers[5].Pointer,
                HiddenWeights = buffers[6].Pointer,
                Hidden = step.Hidden,
                HiddenBefore = buffers[7].Pointer,
                HiddenAfter = buffers[8].Pointer,
                Answer = step.Hidden % Block == 0 ? buffers[9].Pointer : null,
                CellBefore = buffers[10].Pointer,
                CellAfter = buffers[10].Pointer,
                Units = UnitRange.All(step.Hidden),
                Reversed = reversed,
            };
            switch (order)
            {
                case Order.Apart when step.Gates == 4: LstmStep<S, V, ExactActivations, H>.RunApart(operands); break;
                case Order.Apart: GruStep<S, V, ExactActivations, H>.RunApart(operands); break;
                case Order.Three when step.Gates == 4: LstmStep<S, V, ExactActivations, H>.RunThree(operands); break;
                case Order.Three: GruStep<S, V, ExactActivations, H>.RunThree(operands); break;
                case Order.TwoByTwo when step.Gates == 4: LstmStep<S, V, ExactActivations, H>.Run(operands); break;
                default: GruStep<S, V, ExactActivations, H>.Run(operands); break;
            }

            float[] result = [.. buffers[8].Span[..padded], .. buffers[9].Span[..padded], .. buffers[10].Span[..padded]];
            foreach (AlignedBuffer buffer in buffers) GC.KeepAlive(buffer);
            return result;
        }
    }
}
