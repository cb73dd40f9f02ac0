using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>Models with smaller weights, run in every way: the same bits within a format, and what they should be near to.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class FormatTests
{
    private static (int Inputs, int Hidden)[] Sizes { get; } =
        [(1, 1), (7, 8), (8, 7), (1, 16), (15, 17), (33, 31), (50, 33), (17, 50), (31, 128), (20, 70), (5, 100), (9, 150)];

    private static WeightFormat[] Formats { get; } = Enum.GetValues<WeightFormat>();

    [Test]
    public void Stepping_running_and_batches_give_the_same_bits(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [ValueSource(nameof(Formats))] WeightFormat format)
    {
        for (int i = 0; i < Sizes.Length; i++)
        {
            // Five rows of ten steps are three blocks; 32 rows are more than one.
            (int batch, int steps) = (i % 4) switch { 0 => (5, 10), 1 => (3, 9), 2 => (1, 26), _ => (32, 2) };
            AllWaysAgree(ModelSpec.Input(Sizes[i].Inputs).Add(cell, Sizes[i].Hidden), set, format, batch, steps);
        }
    }

    [Test]
    public void Stacks_give_the_same_bits(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [ValueSource(nameof(Formats))] WeightFormat format,
        [Values(1, 2, 5, 32)] int batch)
    {
        AllWaysAgree(ModelSpec.Input(9).Rnn(33).Lstm(7).Gru(31).Gru(8, GruReset.Before).Linear(50), set, format, batch, steps: 6);
        AllWaysAgree(ModelSpec.Input(6).Gru(13).Linear(5).Lstm(100).Linear(4, lastStepOnly: true), set, format, batch, steps: 6);
    }

    [Test]
    public void Fast_activations_give_the_same_bits_in_every_way(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(1, 8, 17, 50)] int hidden) =>
        AllWaysAgree(
            ModelSpec.Input(9).Add(cell, hidden).Linear(3), set, new InferenceOptions { Activations = ActivationAccuracy.Fast }, batch: 3, steps: 9);

    [Test]
    public void Fast_activations_stay_near_to_exact_ones([Values(Cell.Lstm, Cell.Gru, Cell.GruBefore, Cell.RnnTanh)] Cell cell)
    {
        using SequenceModel model = Models.Create(ModelSpec.Input(20).Add(cell, 40), 5);
        using SequenceModel fast = model.ForInference(new InferenceOptions { Activations = ActivationAccuracy.Fast });
        OutputDifference difference = model.CompareOutputs(fast, Numbers.Values(6, 50 * 20));

        Assert.That(fast.Activations, Is.EqualTo(ActivationAccuracy.Fast));
        Assert.That(difference.LargestAbsolute, Is.GreaterThan(0).And.LessThan(1e-5));
    }

    // The strongest thing to say: the same chains of multiply-adds, over the weights that GetParameter tells.
    [Test]
    public void Bfloat16_is_float32_with_its_decoded_weights_to_the_bit(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(1, 4)] int batch)
    {
        const int Steps = 7;
        foreach ((int inputs, int hidden) in Sizes)
        {
            using SequenceModel model = Models.Create(ModelSpec.Input(inputs).Add(cell, hidden).Linear(3), 5, set);
            using SequenceModel small = model.ForInference(new InferenceOptions { Weights = WeightFormat.BFloat16 });
            foreach (ParameterInfo parameter in small.Parameters) model.SetParameter(parameter.Name, Models.Get(small, parameter));

            float[] x = Numbers.Values(6, Steps * batch * inputs);
            Bits.AreEqual(Run(small, batch, x, out float[] smallEnd), Run(model, batch, x, out float[] end), $"{cell} {inputs} {hidden}");
            Bits.AreEqual(smallEnd, end, $"{cell} {inputs} {hidden}: state");
        }
    }

    // Beside the weights, 8-bit models round inputs and states to at least 14 bits of their largest.
    [Test]
    public void Int8_is_near_to_float32_with_its_decoded_weights([Values] Cell cell)
    {
        const int Steps = 30;
        foreach ((int inputs, int hidden) in Sizes)
        {
            using SequenceModel model = Models.Create(ModelSpec.Input(inputs).Add(cell, hidden), 5);
            using SequenceModel small = model.ForInference(new InferenceOptions { Weights = WeightFormat.Int8 });
            foreach (ParameterInfo parameter in small.Parameters) model.SetParameter(parameter.Name, Models.Get(small, parameter));

            OutputDifference difference = model.CompareOutputs(small, Numbers.Values(6, Steps * inputs));
            Assert.That(difference.Relative, Is.LessThan(2e-4), $"{cell} {inputs} {hidden}");
        }
    }

    [Test]
    public void Outputs_stay_near_to_float32([Values] Cell cell, [ValueSource(nameof(Formats))] WeightFormat format)
    {
        using SequenceModel model = Models.Create(ModelSpec.Input(20).Add(cell, 40), 5);
        using SequenceModel small = model.ForInference(new InferenceOptions { Weights = format });
        OutputDifference difference = model.CompareOutputs(small, Numbers.Values(6, 50 * 20));
        if (format == WeightFormat.Float32) Assert.That(difference, Is.EqualTo(default(OutputDifference)));
        else Assert.That(difference.Relative, Is.GreaterThan(1e-5).And.LessThan(0.02));
    }

    [Test]
    public void Nan_spoils_its_own_row_and_no_other(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [ValueSource(nameof(Formats))] WeightFormat format,
        [Values(false, true)] bool inState)
    {
        const int Batch = 3, Steps = 4, Inputs = 5, Hidden = 17;
        using SequenceModel full = Models.Create(ModelSpec.Input(Inputs).Add(cell, Hidden), 5, set);
        using SequenceModel model = full.ForInference(new InferenceOptions { Weights = format });
        float[] x = Numbers.Values(6, Steps * Batch * Inputs);
        float[] clean = Run(model, Batch, x, out _);

        using StreamState state = model.CreateState(Batch);
        if (inState)
        {
            float[] h = new float[Batch * Hidden];
            h[Hidden + 3] = float.NaN;
            state.SetHidden(0, h);
        }
        else
        {
            x[Inputs + 2] = float.NaN;
        }

        float[] y = new float[clean.Length];
        model.Run(state, x, y);
        for (int i = 0; i < y.Length; i++)
        {
            if (i / Hidden % Batch == 1) Assert.That(y[i], Is.NaN, $"value {i}");
            else Assert.That(Bits.Same(y[i], clean[i]), Is.True, $"value {i}");
        }
    }

    private static void AllWaysAgree(ModelSpec spec, InstructionSet set, WeightFormat format, int batch, int steps) =>
        AllWaysAgree(spec, set, new InferenceOptions { Weights = format }, batch, steps);

    private static void AllWaysAgree(ModelSpec spec, InstructionSet set, InferenceOptions options, int batch, int steps)
    {
        using SequenceModel full = Models.Create(spec, 5, set);
        using SequenceModel model = full.ForInference(options);
        int inputs = spec.FirstLayerInput, outputs = spec.OutputSize;
        float[] x = Numbers.Values(6, steps * batch * inputs);
        string what = $"{options} {spec}, batch {batch}, {steps} steps";
        float[] y = Run(model, batch, x, out float[] end);

        using StreamState stepped = model.CreateState(batch);
        float[] each = new float[steps * batch * outputs];
        for (int t = 0; t < steps; t++)
            model.Step(stepped, x.AsSpan(t * batch * inputs, batch * inputs), each.AsSpan(t * batch * outputs, batch * outputs));
        Bits.AreEqual(each.AsSpan(each.Length - y.Length), y, $"{what}: stepped");
        Bits.AreEqual(Models.Snapshot(stepped), end, $"{what}: state after stepping");

        for (int row = 0; row < batch; row += batch > 8 ? 11 : 1)
        {
            float[] alone = Run(model, 1, [.. x.Where((_, i) => i / inputs % batch == row)], out _);
            Bits.AreEqual(alone, [.. y.Where((_, i) => i / outputs % batch == row)], $"{what}: row {row} alone");
        }

        using SequenceModel scalarFull = Models.Create(spec, 5, InstructionSet.Scalar);
        using SequenceModel scalar = scalarFull.ForInference(options);
        Bits.AreEqual(Run(scalar, batch, x, out float[] scalarEnd), y, $"{what}: {set} against scalar");
        Bits.AreEqual(scalarEnd, end, $"{what}: state, {set} against scalar");
    }

    private static float[] Run(SequenceModel model, int batch, float[] x, out float[] end)
    {
        using StreamState state = model.CreateState(batch);
        int rows = x.Length / model.InputSize;
        float[] y = new float[(model.Spec.LastStepOnly ? batch : rows) * model.OutputSize];
        model.Run(state, x, y);
        end = Models.Snapshot(state);
        return y;
    }
}
