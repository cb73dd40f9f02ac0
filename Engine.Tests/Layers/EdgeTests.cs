using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>Saturated gates, denormals, an empty sequence, and a worked example.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class EdgeTests
{
    private static Cell[] BoundedCells { get; } = [Cell.RnnTanh, Cell.Lstm, Cell.Gru, Cell.GruBefore];

    // Weights so large that every gate is at an end: what comes out is exactly what the ends give.
    [Test]
    public void Saturated_gates_are_right_and_their_gradients_finite(
        [ValueSource(nameof(BoundedCells))] Cell cell, [Values(1, 7, 17)] int hidden, [Values(1e8f, 1e18f)] float gain)
    {
        const int Batch = 3;
        const int Steps = 6;
        using SequenceModel model = Models.Create(ModelSpec.Input(5).Add(cell, hidden), 1, gain: gain);
        using var trainer = new Trainer(model, new TrainerOptions { SequenceLength = Steps, BatchSize = Batch, InputGradient = true });
        Models.SetState(trainer.State, 2);
        ReferenceModel reference = ReferenceModel.Of(model);
        reference.TakeState(trainer.State);
        float[] x = Numbers.Values(3, Steps * Batch * 5, 1e6f);
        double[] expected = reference.Run(Batch, ReferenceModel.Doubles(x));

        float[] y = trainer.Forward(x).ToArray();
        for (int i = 0; i < y.Length; i++) Assert.That((double)y[i], Is.EqualTo(expected[i]).Within(1e-6), $"value {i}");

        trainer.Backward(Numbers.Values(4, y.Length));
        Assert.That(Models.AllGradients(trainer), Is.All.Matches<float>(float.IsFinite));
        Assert.That(trainer.InputGradient.ToArray(), Is.All.Matches<float>(float.IsFinite));
    }

    [Test]
    public void Denormal_inputs_come_out_as_the_formula_says(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(1, 7, 17)] int size)
    {
        using SequenceModel model = Models.Create(ModelSpec.Input(size).Add(cell, size), 1, set, gain: 0);

        // x goes straight into the candidate (LSTM's g is the third gate, GRU's n, too); all other gates are at their middle.
        int gate = cell is Cell.RnnTanh or Cell.RnnRelu ? 0 : 2;
        float[] weight = new float[Models.Count(model.Parameters[0])];
        for (int j = 0; j < size; j++) weight[(((gate * size) + j) * size) + j] = 1;
        model.SetParameter(model.Parameters[0].Name, weight);

        float[] x = [.. Enumerable.Range(0, size).Select(i => (i % 2 == 0 ? 1 : -1) * ((i * 1001) + 5) * float.Epsilon)];
        float[] expected = Array.ConvertAll(x, value => cell switch
        {
            Cell.RnnTanh => value,
            Cell.RnnRelu => Math.Max(value, 0),
            Cell.Lstm => 0.5f * (0.5f * value),
            _ => (float)(0.5 * value),
        });
        using StreamState state = model.CreateState();
        float[] y = new float[size];
        model.Step(state, x, y);

        // Adding 0 makes relu's -0 and 0 alike.
        Bits.AreEqual(Array.ConvertAll(y, value => value + 0f), Array.ConvertAll(expected, value => value + 0f), "y");
        Assert.That(y[0], Is.GreaterThan(0f), "not flushed to 0");
    }

    [Test]
    public void A_halving_state_goes_through_the_denormals_to_0([ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set)
    {
        using SequenceModel model = Models.Create(ModelSpec.Input(1).Rnn(3, RnnActivation.Relu), 1, set, gain: 0);
        model.SetParameter("rnn.weight_hh_l0", [0.5f, 0, 0, 0, 0.5f, 0, 0, 0, 0.5f]);
        using StreamState state = model.CreateState();
        float[] expected = [1f, 1.5f, 1e-38f];
        state.SetHidden(0, expected);
        float[] y = new float[3];
        for (int step = 0; step < 152; step++)
        {
            model.Step(state, [0f], y);
            for (int j = 0; j < 3; j++) expected[j] = (float)(expected[j] * 0.5);
            Bits.AreEqual(y, expected, $"step {step}");
        }

        Assert.That(y, Is.All.Zero);
    }

    [Test]
    public void A_sequence_of_length_0_leaves_the_state_alone([Values] Cell cell, [Values] bool lastStepOnly, [Values(1, 3)] int batch)
    {
        using SequenceModel model = Models.Create(ModelSpec.Input(2).Add(cell, 9).Linear(2, lastStepOnly), 1);
        using StreamState state = model.CreateState(batch);
        Models.SetState(state, 5);
        float[] before = Models.Snapshot(state);

        model.Run(state, ReadOnlySpan<float>.Empty, []);

        Bits.AreEqual(Models.Snapshot(state), before, "state");
    }

    // A textbook's example with its numbers set right: h' = sigmoid(Wx x + Wh h + b), W_h all 0.5.
    [Test]
    public void The_worked_example([ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set)
    {
        (float First, float Second)[] states = InstructionSets.Make(set, new WorkedExample());

        (double, double)[] expected = [(.549833997, .598687660), (.705631514, .781471259), (.758331081, .851137596)];
        for (int t = 0; t < 3; t++)
        {
            Assert.That((double)states[t].First, Is.EqualTo(expected[t].Item1).Within(1e-7), $"step {t}");
            Assert.That((double)states[t].Second, Is.EqualTo(expected[t].Item2).Within(1e-7), $"step {t}");
        }
    }

    private sealed unsafe class WorkedExample : IForWidth<(float First, float Second)[]>
    {
        public (float First, float Second)[] Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            // Rows of the depth, padded to a panel of 16 columns: x0, x1, h0, h1 meet units 0 and 1.
            float* weights = stackalloc float[4 * 16];
            new Span<float>(weights, 4 * 16).Clear();
            (weights[0], weights[1]) = (.1f, .3f);
            (weights[16], weights[17]) = (.2f, .4f);
            (weights[32], weights[33]) = (.5f, .5f);
            (weights[48], weights[49]) = (.5f, .5f);
            float* bias = stackalloc float[16];
            new Span<float>(bias, 16).Clear();
            (bias[0], bias[1]) = (.1f, .1f);

            float* input = stackalloc float[4];
            new Span<float>(input, 4).Clear();
            float* chain = stackalloc float[16];
            var states = new (float, float)[3];
            for (int t = 0; t < 3; t++)
            {
                input[0] = t + 1;
                MatrixProduct<S, V>.Run(new MatrixProduct
                {
                    A = input,
                    ADepth = 1,
                    B = weights,
                    BDepth = 16,
                    Init = bias,
                    C = chain,
                    Rows = 1,
                    Depth = 4,
                    Segments = 1,
                    Panels = 1,
                    Columns = 16,
                });
                for (int j = 0; j < 16; j += S.Lanes) S.Store(chain + j, Activations<S, V>.Sigmoid(S.Load(chain + j)));
                states[t] = (input[2], input[3]) = (chain[0], chain[1]);
            }

            return states;
        }
    }
}
