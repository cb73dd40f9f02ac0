using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Contract;

[TestFixture]
internal sealed class InitializationTests
{
    private const int Hidden = 24;
    private const int Features = 10;

    // Changes only with the rules of drawing, and then on purpose; a machine that draws otherwise breaks the promise of same bits.
    private static readonly Dictionary<Initialization, string> Digests = new()
    {
        [Initialization.GlorotOrthogonal] = "6AD6A57144A62DB2C65E063CA1528861",
        [Initialization.PyTorch] = "90F8EB3F37476F2FF84AD9AA967E7970",
    };

    private static readonly ModelSpec Everything = ModelSpec.Tokens(50).Embedding(Features)
        .Rnn(Hidden).Lstm(Hidden).Lstm(Hidden).Gru(Hidden).Gru(Hidden, GruReset.Before).Linear(40);

    private static IEnumerable<Initialization> Rules => Enum.GetValues<Initialization>();

    [TestCaseSource(nameof(Rules))]
    public void Equal_seeds_give_equal_bits_and_others_do_not(Initialization rule)
    {
        float[] one = Weights(7, rule), again = Weights(7, rule), other = Weights(8, rule);
        Assert.That(Numbers.Bits(again), Is.EqualTo(Numbers.Bits(one)).AsCollection);
        Assert.That(one.Zip(other).Count(pair => pair.First == pair.Second && pair.First is not (0 or 1)), Is.LessThan(one.Length / 1000));
    }

    [TestCaseSource(nameof(Rules))]
    public void The_weights_of_a_seed_are_the_same_on_every_machine(Initialization rule) =>
        Assert.That(
            Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes<float>(Weights(42, rule))), 0, 16), Is.EqualTo(Digests[rule]));

    [Test]
    public void The_width_of_the_kernels_does_not_change_what_is_drawn()
    {
        int[] expected = Numbers.Bits(Weights(42, Initialization.GlorotOrthogonal));
        foreach (InstructionSet set in Case.InstructionSets)
        {
            using SequenceModel model = SequenceModel.Create(Everything, 42, Initialization.GlorotOrthogonal, set);
            Assert.That(Numbers.Bits(Numbers.Weights(model)), Is.EqualTo(expected).AsCollection);
        }
    }

    [TestCase("rnn.weight_ih_l0", Features, Hidden)]
    [TestCase("lstm.weight_ih_l0", Hidden, Hidden)]
    [TestCase("gru.weight_ih_l0", Hidden, Hidden)]
    [TestCase("linear.weight", Hidden, 40)]
    public void Input_weights_are_uniform_within_Glorots_limit(string name, int inputs, int outputs) =>
        AssertUniform(Draw(name, Initialization.GlorotOrthogonal), Math.Sqrt(6.0 / (inputs + outputs)));

    [TestCase("rnn.weight_hh_l0", 1)]
    [TestCase("lstm.weight_hh_l0", 4)]
    [TestCase("lstm.weight_hh_l1", 4)]
    [TestCase("gru.weight_hh_l0", 3)]
    [TestCase("gru_1.weight_hh_l0", 3)]
    public void Recurrent_weights_are_orthogonal_per_gate(string name, int gates)
    {
        float[] weights = Draw(name, Initialization.GlorotOrthogonal);
        Assert.That(weights, Has.Length.EqualTo(gates * Hidden * Hidden));
        for (int gate = 0; gate < gates; gate++)
        {
            float[] matrix = weights[(gate * Hidden * Hidden)..((gate + 1) * Hidden * Hidden)];
            for (int i = 0; i < Hidden; i++)
            {
                for (int j = 0; j < Hidden; j++)
                {
                    double product = 0;
                    for (int k = 0; k < Hidden; k++) product += (double)matrix[(i * Hidden) + k] * matrix[(j * Hidden) + k];
                    Assert.That(product, Is.EqualTo(i == j ? 1 : 0).Within(1e-5), $"gate {gate}, rows {i} and {j}");
                }
            }
        }
    }

    [Test]
    public void Forget_biases_sum_to_one_and_all_others_to_zero()
    {
        using SequenceModel model = SequenceModel.Create(Everything);
        foreach (ParameterInfo input in model.Parameters.Where(parameter => parameter.Name.Contains("bias_ih", StringComparison.Ordinal)))
        {
            float[] one = Numbers.Parameter(model, input.Name);
            float[] other = Numbers.Parameter(model, input.Name.Replace("bias_ih", "bias_hh", StringComparison.Ordinal));
            for (int i = 0; i < one.Length; i++)
            {
                bool forget = input.Name.StartsWith("lstm", StringComparison.Ordinal) && i / Hidden == 1;
                Assert.That(one[i] + other[i], Is.EqualTo(forget ? 1 : 0), $"{input.Name}[{i}]");
            }
        }

        Assert.That(Numbers.Parameter(model, "linear.bias"), Is.All.EqualTo(0f));
    }

    [TestCase("rnn.weight_ih_l0", Hidden)]
    [TestCase("lstm.weight_ih_l1", Hidden)]
    [TestCase("lstm.weight_hh_l0", Hidden)]
    [TestCase("lstm.bias_ih_l0", Hidden)]
    [TestCase("gru.weight_hh_l0", Hidden)]
    [TestCase("gru_1.bias_hh_l0", Hidden)]
    [TestCase("linear.weight", Hidden)]
    [TestCase("linear.bias", Hidden)]
    public void PyTorchs_rule_is_uniform_within_one_over_the_root(string name, int size) =>
        AssertUniform(Draw(name, Initialization.PyTorch), 1 / Math.Sqrt(size));

    [TestCaseSource(nameof(Rules))]
    public void Embeddings_are_standard_normal(Initialization rule)
    {
        float[] values = Draw("embedding.weight", rule);
        double mean = values.Average(value => (double)value);
        double deviation = Math.Sqrt(values.Average(value => (value - mean) * (value - mean)));
        Assert.That(mean, Is.EqualTo(0).Within(4 / Math.Sqrt(values.Length)));
        Assert.That(deviation, Is.EqualTo(1).Within(4 / Math.Sqrt(2.0 * values.Length)));
        Assert.That(values.Count(value => Math.Abs(value) < 0.6745), Is.EqualTo(values.Length / 2).Within(2 * Math.Sqrt(values.Length)));
    }

    // Inside the limit, near to it, and as many in every quarter as four standard deviations allow.
    private static void AssertUniform(float[] values, double limit)
    {
        Assert.That(values, Is.All.InRange((float)-limit, (float)limit));
        Assert.That(values.Max(Math.Abs), Is.GreaterThan(limit * 0.9));
        double expected = values.Length / 4.0;
        foreach (var quarter in values.GroupBy(value => Math.Min(3, (int)((value + limit) / (limit / 2)))))
            Assert.That(quarter.Count(), Is.EqualTo(expected).Within(4 * Math.Sqrt(expected * 0.75)), $"quarter {quarter.Key}");
    }

    private static float[] Draw(string name, Initialization rule)
    {
        using SequenceModel model = SequenceModel.Create(Everything, 3, rule);
        return Numbers.Parameter(model, name);
    }

    private static float[] Weights(ulong seed, Initialization rule)
    {
        using SequenceModel model = SequenceModel.Create(Everything, seed, rule);
        return Numbers.Weights(model);
    }
}
