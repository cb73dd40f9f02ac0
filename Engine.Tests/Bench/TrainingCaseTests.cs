using Engine.Bench;
using Engine.Bench.Compare;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>The count of operations that GFLOP/s and the share of the limit rest on.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class TrainingCaseTests
{
    private const int Rows = 5 * 7;

    [TestCase(Cell.Rnn, 1)]
    [TestCase(Cell.Gru, 3)]
    [TestCase(Cell.Lstm, 4)]
    public void A_layer_alone_has_six_products(Cell cell, int gates)
    {
        // Forward x·W and h·W, backward dX, dh, dW_ih, dW_hh.
        double expected = 2.0 * Rows * ((3 * gates * 10 * 20) + (3 * gates * 20 * 20));

        Assert.That(Layer(cell).StepFlops(new(WholeStep: false, InputGradient: true)), Is.EqualTo(expected));
    }

    [Test]
    public void Without_the_inputs_gradient_one_product_is_missing()
    {
        double with = Layer(Cell.Lstm).StepFlops(new(WholeStep: false, InputGradient: true));
        double without = Layer(Cell.Lstm).StepFlops(new(WholeStep: false, InputGradient: false));

        Assert.That(with - without, Is.EqualTo(2.0 * Rows * 4 * 10 * 20));
    }

    [Test]
    public void The_linear_layer_has_three_products()
    {
        double whole = Layer(Cell.Gru).StepFlops(new(WholeStep: true, InputGradient: true));
        double layer = Layer(Cell.Gru).StepFlops(new(WholeStep: false, InputGradient: true));

        Assert.That(whole - layer, Is.EqualTo(3 * 2.0 * Rows * 20 * 2));
    }

    [Test]
    public void An_embedding_needs_the_gradient_of_what_it_gave()
    {
        TrainingCase tokens = Layer(Cell.Lstm) with { Vocabulary = 9, Layers = 2 };
        double expected = 2.0 * Rows * ((3 * 4 * 10 * 20) + (3 * 4 * 20 * 20) + (2 * 3 * 4 * 20 * 20) + (3 * 20 * 2));

        Assert.That(tokens.StepFlops(new(WholeStep: true, InputGradient: false)), Is.EqualTo(expected));
    }

    [Test]
    public void Data_fits_the_model_it_was_made_for()
    {
        TrainingCase tokens = Layer(Cell.Gru) with { Vocabulary = 9, Layers = 2 };
        var data = new TrainingData(tokens);
        using SequenceModel model = SequenceModel.Create(tokens.Spec);
        using var trainer = new Trainer(model, tokens.Options);

        Assert.That(data.Parameters.Sum(values => (long)values.Length), Is.EqualTo(model.ParameterCount));
        Assert.That(trainer.Step(data.Tokens, data.Classes).Updated);
    }

    private static TrainingCase Layer(Cell cell) => new(cell, 10, 20, 5, 7) { Outputs = 2 };
}
