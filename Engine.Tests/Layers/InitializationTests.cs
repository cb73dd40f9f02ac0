using Engine.Layers;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Layers;

[Parallelizable(ParallelScope.All)]
internal sealed class InitializationTests
{
    // SplitMix64's published sequence for seed 1234567.
    [Test]
    public void Random_numbers_are_the_published_ones()
    {
        ulong[] published = [6457827717110365317, 3203168211198807973, 9817491932198370423, 4593380528125082431, 16408922859458223821];
        var random = new RandomNumbers(1234567);
        foreach (ulong bits in published) Assert.That(random.Uniform(), Is.EqualTo((bits >> 11) / 9007199254740992.0));
    }

    [Test]
    public void Normal_numbers_have_mean_0_and_variance_1()
    {
        var random = new RandomNumbers(5);
        double[] values = [.. Enumerable.Range(0, 100_000).Select(_ => random.Normal())];

        Assert.That(values.Average(), Is.EqualTo(0).Within(0.01));
        Assert.That(values.Average(x => x * x), Is.EqualTo(1).Within(0.02));
        Assert.That(values.Average(x => x * x * x * x), Is.EqualTo(3).Within(0.15));
    }

    [Test]
    public void Orthogonal_matrices_have_orthonormal_rows([Values(1, 2, 7, 16, 33)] int size)
    {
        double[] q = OrthogonalMatrix.Draw(new RandomNumbers(3), size);
        for (int i = 0; i < size; i++)
        {
            for (int j = 0; j < size; j++)
            {
                double product = Enumerable.Range(0, size).Sum(k => q[(i * size) + k] * q[(j * size) + k]);
                Assert.That(product, Is.EqualTo(i == j ? 1 : 0).Within(1e-11), $"rows {i} and {j}");
            }
        }
    }

    [Test]
    public void Glorot_and_orthogonal_with_an_open_forget_gate()
    {
        const int Inputs = 20;
        const int Hidden = 24;
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(Inputs).Lstm(Hidden).Linear(6), seed: 9);
        float[] inputWeights = Get(model, "lstm.weight_ih_l0");
        double limit = Math.Sqrt(6.0 / (Inputs + Hidden));
        Assert.That(inputWeights.Max(Math.Abs), Is.LessThanOrEqualTo(limit).And.GreaterThan(0.97 * limit));
        Assert.That(inputWeights.Average(), Is.EqualTo(0).Within(0.05 * limit));

        float[] hiddenWeights = Get(model, "lstm.weight_hh_l0");
        for (int gate = 0; gate < 4; gate++)
        {
            float[] matrix = hiddenWeights[(gate * Hidden * Hidden)..((gate + 1) * Hidden * Hidden)];
            for (int i = 0; i < Hidden; i++)
            {
                for (int j = 0; j < Hidden; j++)
                {
                    double product = Enumerable.Range(0, Hidden).Sum(k => (double)matrix[(i * Hidden) + k] * matrix[(j * Hidden) + k]);
                    Assert.That(product, Is.EqualTo(i == j ? 1 : 0).Within(1e-6));
                }
            }
        }

        float[] bias = [.. Get(model, "lstm.bias_ih_l0").Zip(Get(model, "lstm.bias_hh_l0"), (a, b) => a + b)];
        Assert.That(bias[Hidden..(2 * Hidden)], Is.All.EqualTo(1f), "forget gate");
        Assert.That(bias[..Hidden].Concat(bias[(2 * Hidden)..]), Is.All.Zero);
        Assert.That(Get(model, "linear.bias"), Is.All.Zero);
    }

    [Test]
    public void PyTorchs_rule_is_uniform_by_the_fan([Values] Cell cell)
    {
        const int Hidden = 16;
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(9).Add(cell, Hidden).Linear(5), 4, Initialization.PyTorch);
        foreach (ParameterInfo parameter in model.Parameters)
        {
            float[] values = Models.Get(model, parameter);
            Assert.That(values.Max(Math.Abs), Is.LessThanOrEqualTo(0.25).And.GreaterThan(0.125), parameter.Name);
            Assert.That(values.Distinct().Count(), Is.GreaterThan(values.Length / 2), parameter.Name);
        }
    }

    private static float[] Get(SequenceModel model, string name) => Models.Get(model, model.Parameters.Single(p => p.Name == name));
}
