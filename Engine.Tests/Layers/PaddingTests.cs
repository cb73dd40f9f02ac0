using Engine.Kernels;
using Engine.Layout;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layers;

[Parallelizable(ParallelScope.All)]
internal sealed class PaddingTests
{
    [Test]
    public void Padding_of_the_weights_stays_0_in_training(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell, [Values(1, 9, 17, 50)] int hidden)
    {
        const int Steps = 4;
        const int Batch = 3;
        ModelSpec spec = ModelSpec.Input(5).Add(cell, hidden).Add(cell, hidden).Linear(2);
        using SequenceModel model = Models.Create(spec, 1, set);
        using var trainer = new Trainer(model, new TrainerOptions { SequenceLength = Steps, BatchSize = Batch });
        float[] before = Models.AllParameters(model);
        for (int step = 0; step < 10; step++)
            trainer.Step(Numbers.Values(10 + step, Steps * Batch * 5), Numbers.Values(30 + step, Steps * Batch * 2));

        // Ones where PyTorch's values are, 0 in the padding.
        float[] used = new float[model.Weights.Length];
        foreach (Parameter parameter in model.PackedParameters) parameter.Pack(Enumerable.Repeat(1f, parameter.Count).ToArray(), used);

        Assert.That(used.Count(value => value == 1), Is.EqualTo(model.ParameterCount));
        for (int i = 0; i < used.Length; i++)
        {
            if (used[i] == 0) Assert.That(model.Weights.Span[i], Is.Zero, $"packed float {i}");
        }

        Assert.That(Models.AllParameters(model), Is.Not.EqualTo(before), "it trained");
    }

    // What lies behind the caller's spans must not be read: here it is NaN.
    [Test]
    public void Nothing_behind_the_inputs_is_read(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set, [Values] Cell cell,
        [Values(1, 7, 17)] int size, [Values(1, 3)] int batch)
    {
        const int Steps = 3;
        using SequenceModel model = Models.Create(ModelSpec.Input(size).Add(cell, size).Linear(size), 1, set);
        int length = Steps * batch * size;
        float[] x = Numbers.Values(2, length);
        float[] expected = new float[length];
        using StreamState state = model.CreateState(batch);
        model.Run(state, x, expected);

        float[] surrounded = new float[length + 64];
        Array.Fill(surrounded, float.NaN);
        x.CopyTo(surrounded, 32);
        float[] y = new float[length + 64];
        Array.Fill(y, float.NaN);
        state.Reset();
        model.Run(state, surrounded.AsSpan(32, length), y.AsSpan(32, length));

        Bits.AreEqual(y.AsSpan(32, length), expected, "outputs");
        Assert.That(y[..32].Concat(y[^32..]), Is.All.NaN, "around the outputs");
    }
}
