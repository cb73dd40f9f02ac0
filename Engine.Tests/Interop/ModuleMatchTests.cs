using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Interop;

/// <summary>Plain state_dicts of PyTorch: whose module is which.</summary>
public class ModuleMatchTests : FileTests
{
    private static readonly ModelSpec TwoHeads = ModelSpec.Input(4).Linear(4).Lstm(4).Linear(4);

    private static readonly TestCaseData[] BadModules =
    [
        new("linear_2", "first", "modules names \"linear_2\"; the model has \"linear\", \"lstm\", \"linear_1\"."),
        new("linear", "third", "modules gives \"third\" for \"linear\"; the file has \"first\", \"rnn\", \"second\"."),
        new("linear", null, "modules gives \"null\" for \"linear\""),
    ];

    private static readonly TestCaseData[] Misfits =
    [
        Misfit(
            "both directions", [.. Lstm("rnn.", 2, 3), ("rnn.weight_ih_l0_reverse", [12, 2])],
            "\"rnn.weight_ih_l0_reverse\"", "bidirectional"),
        Misfit("a projection", [.. Lstm("rnn.", 2, 3), ("rnn.weight_hr_l0", [2, 3])], "\"rnn.weight_hr_l0\"", "projected"),
        Misfit("another size", Lstm("rnn.", 2, 4), "tensor \"rnn.weight_ih_l0\" has shape [16, 2]; expected [12, 2]",
            "(the file has an LSTM of 1 layer of 4 units, the description an LSTM of 1 layer of 3 units)"),
        Misfit(
            "a GRU", [("rnn.weight_ih_l0", [9, 2]), ("rnn.weight_hh_l0", [9, 3])],
            "\"rnn.weight_ih_l0\" has shape [9, 2]; expected [12, 2]", "the file has a GRU of 1 layer of 3 units, the description an LSTM"),
        Misfit(
            "two layers", [.. Lstm("rnn.", 2, 3), ("rnn.weight_ih_l1", [12, 3]), ("rnn.weight_hh_l1", [12, 3])],
            "unexpected tensor \"rnn.weight_ih_l1\"", "the file has an LSTM of 2 layers of 3 units, the description an LSTM of 1 layer of 3 units"),
        Misfit("no bias", Lstm("rnn.", 2, 3)[..2], "tensor \"rnn.bias_ih_l0\" is missing", "biases of zeros"),
        Misfit("a layer too many", [.. Lstm("rnn.", 2, 3), ("rnn.bias_hh_l1", [12])], "unexpected tensor \"rnn.bias_hh_l1\""),
        Misfit(
            "another module", [.. Lstm("rnn.", 2, 3), ("head.weight", [1, 3]), ("head.bias", [1])],
            "unexpected tensor \"head.weight\", \"head.bias\""),
        Misfit("only another module", [("conv.kernel", [1, 3])], "no module of the file is the model's \"lstm\"", "left are \"conv\""),
        Misfit("nothing", [], "no module of the file is the model's \"lstm\"", "left are none"),
        Misfit(
            "two that fit", [.. Lstm("a.", 2, 3), .. Lstm("b.", 2, 3)],
            "\"lstm\" of the model could be \"a\", \"b\"", "[\"lstm\"] = \"a\""),
    ];

    [Test]
    public void A_stack_of_several_modules_is_told_how_to_name_them()
    {
        string path = PathOf("two.safetensors");
        RawFile.Write(path, [.. Lstm("a.", 2, 2), .. Lstm("b.", 2, 2)]);
        ModelSpec spec = ModelSpec.Input(2).Lstm(2).Lstm(2);
        Assert.That(
            () => SequenceModel.Load(path, spec),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("each layer is a module of its own").And.Message.Contains("[\"lstm.l0\"] = \"a\""));
        using SequenceModel model = SequenceModel.Load(path, spec, new Dictionary<string, string> { ["lstm.l0"] = "a", ["lstm.l1"] = "b" });
        Assert.That(model.Spec, Is.EqualTo(spec));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void A_PyTorch_state_dict_gives_PyTorch_numbers(bool named)
    {
        ModelSpec spec = ModelSpec.Input(3).Lstm(8).Lstm(8).Linear(2);
        Dictionary<string, string>? modules = named ? new() { ["lstm"] = "rnn", ["linear"] = "head" } : null;
        using SequenceModel model = SequenceModel.Load(Golden("state_dict.safetensors"), spec, modules);
        using SafetensorsFile expected = SafetensorsFile.Read(Golden("state_dict_expected.safetensors"));
        using StreamState state = model.CreateState(batchSize: 2);
        var y = new float[6 * 2 * 2];

        model.Run(state, expected.ReadSingles("state_dict/x"), y);

        double[] torch = expected.ReadDoubles("state_dict/y.torch32");
        double[] errors = [.. expected.ReadDoubles("state_dict/y").Select((value, i) => Math.Abs(value - y[i]))];
        Assert.That(errors, Has.Length.EqualTo(y.Length).And.All.LessThanOrEqualTo((10 * torch[0]) + (5e-7 * torch[1])));
    }

    [TestCase("")]
    [TestCase("rnn.")]
    [TestCase("encoder.layers.0.rnn.")]
    public void A_module_is_found_whatever_stands_before_its_tensors(string prefix)
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, Lstm(prefix, 2, 3));

        ModelSpec spec = ModelSpec.Input(2).Lstm(3);
        using SequenceModel found = SequenceModel.Load(path, spec);
        using SequenceModel named = SequenceModel.Load(path, spec, new Dictionary<string, string> { ["lstm"] = prefix.TrimEnd('.') });

        Assert.That(Values(found, "lstm.bias_hh_l0"), Has.All.EqualTo(4f));
        Assert.That(Values(named, "lstm.bias_hh_l0"), Has.All.EqualTo(4f));
    }

    [Test]
    public void Our_own_names_load_as_they_are_even_where_shapes_are_equal()
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, [.. Linear("linear_1."), .. Lstm("lstm.", 4, 4), .. Linear("linear.")]);

        using SequenceModel model = SequenceModel.Load(path, TwoHeads);

        Assert.That(Values(model, "linear_1.bias"), Has.All.EqualTo(2f));
        Assert.That(Values(model, "linear.bias"), Has.All.EqualTo(8f));
    }

    [Test]
    public void Modules_of_equal_shape_are_not_guessed()
    {
        string path = WriteTwoHeads();

        Assert.That(
            () => SequenceModel.Load(path, TwoHeads),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo(
                $"{path}: \"linear\", \"linear_1\" of the model could be \"first\", \"second\" of the file, which have the same tensors; "
                + "say which with modules, as in [\"linear\"] = \"first\"."));
    }

    [Test]
    public void The_callers_word_decides_and_the_rest_follows()
    {
        string path = WriteTwoHeads();

        using SequenceModel model = SequenceModel.Load(path, TwoHeads, new Dictionary<string, string> { ["linear"] = "second" });

        Assert.That(Values(model, "linear.bias"), Has.All.EqualTo(8f));
        Assert.That(Values(model, "linear_1.bias"), Has.All.EqualTo(2f));
    }

    [Test]
    public void The_callers_word_wins_over_our_own_names()
    {
        string path = PathOf("m.safetensors");
        using (SequenceModel saved = SequenceModel.Create(TwoHeads)) saved.Save(path);

        using SequenceModel straight = SequenceModel.Load(path, TwoHeads);
        using SequenceModel crossed = SequenceModel.Load(
            path, TwoHeads, new Dictionary<string, string> { ["linear"] = "linear_1", ["linear_1"] = "linear" });

        Assert.That(Values(crossed, "linear.weight"), Is.EqualTo(Values(straight, "linear_1.weight")));
        Assert.That(Values(crossed, "linear.weight"), Is.Not.EqualTo(Values(straight, "linear.weight")));
    }

    [TestCaseSource(nameof(BadModules))]
    public void Modules_that_do_not_exist_are_refused(string ours, string? theirs, string message)
    {
        string path = WriteTwoHeads();

        Assert.That(
            () => SequenceModel.Load(path, TwoHeads, new Dictionary<string, string> { [ours] = theirs! }),
            Throws.ArgumentException.With.Message.Contains(message).And.Property("ParamName").EqualTo("modules"));
    }

    [Test]
    public void A_module_of_the_file_serves_one_of_the_model()
    {
        var twice = new Dictionary<string, string> { ["linear"] = "first", ["linear_1"] = "first" };

        Assert.That(
            () => SequenceModel.Load(WriteTwoHeads(), TwoHeads, twice),
            Throws.ArgumentException.With.Message.Contains("modules gives \"first\" twice"));
    }

    [Test]
    public void A_module_named_by_the_caller_has_to_fit()
    {
        string path = WriteTwoHeads();

        Assert.That(
            () => SequenceModel.Load(path, TwoHeads, new Dictionary<string, string> { ["linear"] = "rnn" }),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo($"{path}: tensor \"rnn.weight\" is missing."));
    }

    [Test]
    public void Too_few_modules_of_a_shape_are_reported_as_such()
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, [.. Linear("first."), .. Lstm("rnn.", 4, 4)]);

        Assert.That(
            () => SequenceModel.Load(path, TwoHeads),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("\"linear\", \"linear_1\"").And.Message.Contains("only \"first\""));
    }

    [Test]
    public void Layers_of_a_stack_may_be_modules_of_their_own()
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, [.. Lstm("upper.", 3, 3), .. Lstm("lower.", 3, 3)]);
        ModelSpec spec = ModelSpec.Input(3).Lstm(3).Lstm(3);

        using SequenceModel model = SequenceModel.Load(path, spec, new Dictionary<string, string> { ["lstm.l0"] = "lower" });

        Assert.That(Values(model, "lstm.bias_ih_l0"), Has.All.EqualTo(7f));
        Assert.That(Values(model, "lstm.bias_ih_l1"), Has.All.EqualTo(3f));
    }

    [TestCaseSource(nameof(Misfits))]
    public void Tensors_that_do_not_fit_are_refused((string Name, int[] Shape)[] tensors, string[] culprits)
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, tensors);

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => SequenceModel.Load(path, ModelSpec.Input(2).Lstm(3)))!;

        Assert.That(exception.Message, Does.StartWith($"{path}: "));
        foreach (string culprit in culprits) Assert.That(exception.Message, Does.Contain(culprit));
    }

    private static float[] Values(SequenceModel model, string name)
    {
        var values = new float[model.Parameters.Single(parameter => parameter.Name == name).Count];
        model.GetParameter(name, values);
        return values;
    }

    private static (string Name, int[] Shape)[] Lstm(string prefix, int input, int hidden) =>
    [
        (prefix + "weight_ih_l0", [4 * hidden, input]), (prefix + "weight_hh_l0", [4 * hidden, hidden]),
        (prefix + "bias_ih_l0", [4 * hidden]), (prefix + "bias_hh_l0", [4 * hidden]),
    ];

    private static (string Name, int[] Shape)[] Linear(string prefix) => [(prefix + "weight", [4, 4]), (prefix + "bias", [4])];

    private static TestCaseData Misfit(string name, (string Name, int[] Shape)[] tensors, params string[] culprits) =>
        new TestCaseData(tensors, culprits).SetArgDisplayNames(name);

    private string WriteTwoHeads()
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, [.. Linear("first."), .. Lstm("rnn.", 4, 4), .. Linear("second.")]);
        return path;
    }
}
