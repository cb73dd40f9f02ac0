using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>Descriptions, sizes and options that cannot be, and objects that are disposed.</summary>
[TestFixture]
internal sealed class BadDescriptionTests
{
    private const int Largest = 1 << 20;

    private static readonly TrainerOptions Good = new() { SequenceLength = 3, BatchSize = 2 };

    private static IEnumerable<TestCaseData> Sizes =>
        from size in (int[])[0, -1, int.MinValue, Largest + 1, int.MaxValue]
        from entry in ((string Name, string Parameter, Func<int, object> Make)[])
        [
            ("Input", "features", size => ModelSpec.Input(size)),
            ("Tokens", "vocabulary", size => ModelSpec.Tokens(size)),
            ("Embedding", "dimension", size => ModelSpec.Tokens(3).Embedding(size)),
            ("Rnn", "hidden", size => ModelSpec.Input(3).Rnn(size)),
            ("Lstm", "hidden", size => ModelSpec.Input(3).Lstm(size)),
            ("Gru", "hidden", size => ModelSpec.Input(3).Gru(size)),
            ("Linear", "outputs", size => ModelSpec.Input(3).Linear(size)),
            ("EmbeddingSpec", "dimension", size => new EmbeddingSpec(size)),
            ("RnnSpec", "hidden", size => new RnnSpec(size)),
            ("LstmSpec", "hidden", size => new LstmSpec(size)),
            ("GruSpec", "hidden", size => new GruSpec(size)),
            ("LinearSpec", "outputs", size => new LinearSpec(size)),
        ]
        select new TestCaseData(entry.Make, size, entry.Parameter).SetArgDisplayNames(entry.Name, $"{size}");

    private static IEnumerable<TestCaseData> Options =>
    [
        Option("SequenceLength is 0", Good with { SequenceLength = 0 }),
        Option("SequenceLength is -1", Good with { SequenceLength = -1 }),
        Option("SequenceLength is 2147483647", Good with { SequenceLength = int.MaxValue }),
        Option("BatchSize is 0", Good with { BatchSize = 0 }),
        Option("BatchSize is 2147483647", Good with { BatchSize = int.MaxValue }),
        Option("Loss is 9", Good with { Loss = (Loss)9 }),
        Option("LossSteps is 9", Good with { LossSteps = (LossSteps)9 }),
        Option("ClipNormKind is 9", Good with { ClipNormKind = (NormKind)9 }),
        Option("ClipNorm is 0", Good with { ClipNorm = 0 }),
        Option("ClipNorm is NaN", Good with { ClipNorm = double.NaN }),
        Option("ClipNorm is -1", Good with { ClipNorm = -1 }),
        Option("ClipValue is 0", Good with { ClipValue = 0 }),
        Option("ClipValue is NaN", Good with { ClipValue = double.NaN }),
        Option("LearningRate is 0", Good with { Optimizer = new() { LearningRate = 0 } }),
        Option("LearningRate is NaN", Good with { Optimizer = new() { LearningRate = double.NaN } }),
        Option("LearningRate is 1E+30; expected a number above 0, at most 1E+20", Good with { Optimizer = new() { LearningRate = 1e30 } }),
        Option("LearningRate is 1E+39", Good with { Optimizer = new() { LearningRate = 1e39 } }),
        Option("Epsilon is 1E-50", Good with { Optimizer = new() { Epsilon = 1e-50 } }),
        Option("Epsilon is 0", Good with { Optimizer = new() { Epsilon = 0 } }),
        Option("Epsilon is NaN", Good with { Optimizer = new() { Epsilon = double.NaN } }),
        Option("Beta1 is 1", Good with { Optimizer = new() { Beta1 = 1 } }),
        Option("Beta1 is NaN", Good with { Optimizer = new() { Beta1 = double.NaN } }),
        Option("Beta2 is -0.5", Good with { Optimizer = new() { Beta2 = -0.5 } }),
        Option("Beta2 is NaN", Good with { Optimizer = new() { Beta2 = double.NaN } }),
    ];

    private static IEnumerable<TestCaseData> Orders =>
    [
        Order("Tokens", "token ids", () => ModelSpec.Tokens(5).Lstm(4)),
        Order("Tokens and Linear", "token ids", () => ModelSpec.Tokens(5).Linear(4)),
        Order("Embedding of numbers", "first layer after Tokens", () => ModelSpec.Input(5).Embedding(4)),
        Order("Embedding second", "first layer after Tokens", () => ModelSpec.Tokens(5).Embedding(4).Embedding(4)),
        Order("Embedding after a cell", "first layer after Tokens", () => ModelSpec.Input(5).Lstm(4).Embedding(4)),
        Order("a cell after the last step", "last step", () => ModelSpec.Input(5).Linear(4, lastStepOnly: true).Lstm(4)),
        Order("a head after the last step", "last step", () => ModelSpec.Input(5).Lstm(4).Linear(4, lastStepOnly: true).Linear(1)),
        Order("no layers", "no layers", () => SequenceModel.Create(ModelSpec.Input(5))),
        Order("tokens without layers", "no layers", () => SequenceModel.Create(ModelSpec.Tokens(5))),
    ];

    [TestCaseSource(nameof(Sizes))]
    public void A_size_out_of_range_is_refused(Func<int, object> make, int size, string parameter) =>
        BadCall.AssertThrows(() => make(size), typeof(ArgumentOutOfRangeException), $"{parameter} is {size}", $"1 to {Largest}");

    [TestCaseSource(nameof(Orders))]
    public void A_layer_that_cannot_stand_there_is_refused(Func<object> make, string word) =>
        BadCall.AssertThrows(() => make(), typeof(ArgumentException), word);

    [TestCaseSource(nameof(Options))]
    public void An_option_out_of_range_is_refused(TrainerOptions options, string word)
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(3).Lstm(4));
        BadCall.AssertThrows(() => _ = new Trainer(model, options), typeof(ArgumentOutOfRangeException), word, "expected");
    }

    [Test]
    public void Clipping_twice_is_refused()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(3).Lstm(4));
        BadCall.AssertThrows(
            () => _ = new Trainer(model, Good with { ClipNorm = 1, ClipValue = 1 }), typeof(ArgumentException), "ClipNorm", "ClipValue");
    }

    [Test]
    public void Nothing_is_refused_as_an_argument()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(3).Lstm(4));
        BadCall.AssertThrows(() => ModelSpec.Input(3).Add(null!), typeof(ArgumentNullException), "layer");
        BadCall.AssertThrows(() => SequenceModel.Create(null!), typeof(ArgumentNullException), "spec");
        BadCall.AssertThrows(() => _ = new Trainer(null!, Good), typeof(ArgumentNullException), "model");
        BadCall.AssertThrows(() => _ = new Trainer(model, null!), typeof(ArgumentNullException), "options");
        BadCall.AssertThrows(() => _ = new Trainer(model, Good with { Optimizer = null! }), typeof(ArgumentNullException), "Optimizer");
    }

    [Test]
    public void Names_that_are_none_are_refused()
    {
        BadCall.AssertThrows(
            () => ModelSpec.Input(3).Rnn(4, (RnnActivation)5), typeof(ArgumentOutOfRangeException), "activation is 5", "Tanh or Relu");
        BadCall.AssertThrows(
            () => ModelSpec.Input(3).Gru(4, (GruReset)5), typeof(ArgumentOutOfRangeException), "reset is 5", "After or Before");
        BadCall.AssertThrows(
            () => SequenceModel.Create(ModelSpec.Input(3).Lstm(4), 0, (Initialization)5),
            typeof(ArgumentOutOfRangeException), "initialization is 5", "PyTorch");
    }

    [Test]
    public void The_gradient_of_token_ids_is_refused()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Tokens(3).Embedding(4));
        BadCall.AssertThrows(
            () => _ = new Trainer(model, Good with { InputGradient = true }), typeof(ArgumentException), "InputGradient", "token ids");
    }

    [TestCase(Largest, Largest)]
    [TestCase(1 << 16, 1 << 16)]
    [TestCase(1 << 15, 1 << 16)]
    public void A_model_whose_weights_overflow_is_refused(int inputs, int outputs) =>
        BadCall.AssertThrows(
            () => SequenceModel.Create(ModelSpec.Input(inputs).Linear(outputs)), typeof(ArgumentException),
            $"input({inputs})", $"linear({outputs})");

    [Test]
    public void A_model_whose_tensors_overflow_only_together_is_refused()
    {
        ModelSpec spec = ModelSpec.Input(1);
        for (int i = 0; i < 5; i++) spec = spec.Linear(1 << 14).Linear(1 << 15);
        BadCall.AssertThrows(() => SequenceModel.Create(spec), typeof(ArgumentException), "input(1)", "linear(32768)");
    }

    [TestCase(1 << 16, 1 << 16)]
    [TestCase(1 << 15, 1 << 16)]
    [TestCase(Largest, 1 << 16)]
    public void A_state_whose_batch_overflows_is_refused(int batch, int features)
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(features).Rnn(1));
        BadCall.AssertThrows(() => model.CreateState(batch), typeof(ArgumentOutOfRangeException), $"batchSize is {batch}", $"{features}");
    }

    [TestCase(1 << 16, 1 << 16)]
    [TestCase(1 << 15, 1 << 16)]
    [TestCase(Largest, Largest)]
    [TestCase(3 << 13, 1 << 16)]
    public void A_trainer_whose_batch_overflows_is_refused(int steps, int batch)
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(2).Rnn(1).Linear(1, lastStepOnly: true));
        BadCall.AssertThrows(
            () => _ = new Trainer(model, Good with { SequenceLength = steps, BatchSize = batch }),
            typeof(ArgumentException), $"{steps}", $"{batch}");
    }

    private static TestCaseData Option(string word, TrainerOptions options) => new TestCaseData(options, word).SetArgDisplayNames(word);

    private static TestCaseData Order(string name, string word, Func<object> make) => new TestCaseData(make, word).SetArgDisplayNames(name);
}
