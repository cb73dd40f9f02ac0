using Engine.Layers;
using NUnit.Framework;

namespace Engine.Tests.Contract;

[TestFixture]
internal sealed class ModelSpecTests
{
    [Test]
    public void Equal_descriptions_are_equal_and_have_equal_hashes()
    {
        foreach ((Case a, Case b) in Case.All(5).Zip(Case.All(5)))
        {
            Assert.That(a.Spec, Is.EqualTo(b.Spec).And.Not.SameAs(b.Spec));
            Assert.That(a.Spec.GetHashCode(), Is.EqualTo(b.Spec.GetHashCode()));
        }
    }

    [Test]
    public void Every_difference_counts()
    {
        ModelSpec[] all =
        [
            .. Case.All(5).Select(shape => shape.Spec), .. Case.All(6).Select(shape => shape.Spec),
            ModelSpec.Input(5), ModelSpec.Tokens(5), ModelSpec.Input(6), ModelSpec.Input(5).Linear(2),
            ModelSpec.Input(5).Linear(2, lastStepOnly: true),
        ];
        Assert.That(all, Is.Unique);
        Assert.That(all[0].Equals(null), Is.False);
    }

    [Test]
    public void A_description_is_not_changed_by_what_is_built_on_it()
    {
        ModelSpec start = ModelSpec.Input(3).Lstm(4);
        start.Gru(5).Linear(1);
        Assert.That(start, Is.EqualTo(ModelSpec.Input(3).Lstm(4)));
        Assert.That(start.Layers, Has.Count.EqualTo(1));
    }

    [Test]
    public void It_says_what_goes_in_and_out()
    {
        ModelSpec numbers = ModelSpec.Input(3).Lstm(4).Linear(2, lastStepOnly: true);
        Assert.That((numbers.TakesTokens, numbers.Features, numbers.OutputSize, numbers.LastStepOnly), Is.EqualTo((false, 3, 2, true)));
        ModelSpec tokens = ModelSpec.Tokens(9).Embedding(4).Gru(5);
        Assert.That((tokens.TakesTokens, tokens.Vocabulary, tokens.OutputSize, tokens.LastStepOnly), Is.EqualTo((true, 9, 5, false)));
        Assert.That(ModelSpec.Input(3).OutputSize, Is.EqualTo(3));
    }

    [Test]
    public void It_reads_as_one_line()
    {
        Assert.That(ModelSpec.Input(3).Lstm(64).Linear(1).ToString(), Is.EqualTo("input(3) → lstm(64) → linear(1)"));
        Assert.That(ModelSpec.Tokens(9).Embedding(4).Rnn(5).Gru(6).ToString(), Is.EqualTo("tokens(9) → embedding(4) → rnn(5) → gru(6)"));
    }

    [Test]
    public void Equal_neighbours_are_one_module_and_others_are_numbered()
    {
        ModelSpec spec = ModelSpec.Tokens(9).Embedding(8)
            .Lstm(8).Lstm(8).Lstm(7).Gru(7).Gru(7, GruReset.Before).Rnn(7).Rnn(7).Rnn(7, RnnActivation.Relu).Linear(7).Linear(7).Lstm(7);
        Assert.That(LayerFactory.Names(spec).Select(name => name.Display), Is.EqualTo(
        [
            "embedding", "lstm.l0", "lstm.l1", "lstm_1.l0", "gru.l0", "gru_1.l0",
            "rnn.l0", "rnn.l1", "rnn_1.l0", "linear", "linear_1", "lstm_2.l0",
        ]));
    }

    [Test]
    public void Tensors_have_the_names_and_shapes_of_PyTorch()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Tokens(9).Embedding(3).Lstm(4).Lstm(4).Gru(5).Linear(2));
        string[] expected =
        [
            "embedding.weight [9, 3]",
            "lstm.weight_ih_l0 [16, 3]", "lstm.weight_hh_l0 [16, 4]", "lstm.bias_ih_l0 [16]", "lstm.bias_hh_l0 [16]",
            "lstm.weight_ih_l1 [16, 4]", "lstm.weight_hh_l1 [16, 4]", "lstm.bias_ih_l1 [16]", "lstm.bias_hh_l1 [16]",
            "gru.weight_ih_l0 [15, 4]", "gru.weight_hh_l0 [15, 5]", "gru.bias_ih_l0 [15]", "gru.bias_hh_l0 [15]",
            "linear.weight [2, 5]", "linear.bias [2]",
        ];
        Assert.That(model.Parameters.Select(parameter => $"{parameter.Name} [{string.Join(", ", parameter.Shape)}]"), Is.EqualTo(expected));
        Assert.That(model.ParameterCount, Is.EqualTo(27 + (64 + 48 + 32) + (64 + 64 + 32) + (75 + 60 + 30) + 12));
    }

    [Test]
    public void Names_within_a_module_carry_the_layer() =>
        Assert.That(new LayerName("gru_1", 2).Tensor("bias_hh"), Is.EqualTo("gru_1.bias_hh_l2"));
}
