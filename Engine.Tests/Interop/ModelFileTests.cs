using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Interop;

public class ModelFileTests : FileTests
{
    private static readonly ModelSpec Small = ModelSpec.Input(2).Lstm(3).Linear(1);

    private static readonly (string Name, int[] Shape)[] SmallTensors =
    [
        ("lstm.weight_ih_l0", [12, 2]), ("lstm.weight_hh_l0", [12, 3]), ("lstm.bias_ih_l0", [12]), ("lstm.bias_hh_l0", [12]),
        ("linear.weight", [1, 3]), ("linear.bias", [1]),
    ];

    private static readonly TestCaseData[] Misfits =
    [
        Misfit("a tensor too few", tensors => [.. tensors.Where(tensor => tensor.Name != "linear.bias")], "\"linear.bias\" is missing"),
        Misfit("a tensor too many", tensors => [.. tensors, ("extra", [1])], "unexpected tensor \"extra\""),
        Misfit(
            "a shape", tensors => [.. tensors[..4], ("linear.weight", [3, 1]), tensors[5]],
            "\"linear.weight\" has shape [3, 1]; expected [1, 3]"),
        Misfit("a rank", tensors => [.. tensors[..5], ("linear.bias", [1, 1])], "\"linear.bias\" has shape [1, 1]; expected [1]"),
        Misfit(
            "both directions", tensors => [.. tensors, ("lstm.weight_ih_l0_reverse", [12, 2])],
            "\"lstm.weight_ih_l0_reverse\"", "bidirectional"),
        Misfit("a projection", tensors => [.. tensors, ("lstm.weight_hr_l0", [2, 3])], "\"lstm.weight_hr_l0\"", "projected"),
        Misfit("another layer", tensors => [.. tensors, ("lstm.bias_ih_l1", [12])], "unexpected tensor \"lstm.bias_ih_l1\""),
        Misfit("no tensors", _ => [], "\"lstm.weight_ih_l0\" is missing"),
    ];

    private static readonly TestCaseData[] BrokenMetadata =
    [
        Metadata("none", [], "has no description of the model; give one with SequenceModel.Load(path, spec)"),
        Metadata(
            "a newer format", new() { ["engine.format"] = "2", ["engine.speck"] = "?" }, "engine.format is 2; this version reads up to 1"),
        Metadata("format 0", new() { ["engine.format"] = "0" }, "engine.format is \"0\"; expected 1"),
        Metadata("no number", new() { ["engine.format"] = "one" }, "engine.format is \"one\"; expected 1"),
        Metadata("no format", new() { ["engine.spec"] = "{}" }, "no engine.format"),
        Metadata("no description", new() { ["engine.format"] = "1" }, "no engine.spec"),
        Metadata(
            "an unknown key", new() { ["engine.format"] = "1", ["engine.spec"] = "{}", ["engine.x"] = "1" },
            "unknown key \"engine.x\""),
        Metadata(
            "a broken description", new() { ["engine.format"] = "1",
            ["engine.spec"] = "{}" }, "engine.spec: the description has no \"input\"."),
        Metadata(
            "sizes beyond any", new() { ["engine.format"] = "1",
            ["engine.spec"] = """{"input":{"features":1},"layers":[{"lstm":{"hidden":0}}]}""" },
            "engine.spec: hidden is 0; expected 1 to 1048576."),
        Metadata(
            "a model of 16 TB",
            new() { ["engine.format"] = "1",
            ["engine.spec"] = """{"input":{"features":1048576},"layers":[{"lstm":{"hidden":1048576}}]}""" },
            "\"lstm.weight_ih_l0\" has shape [12, 2]; expected [4194304, 1048576]"),
    ];

    [TestCaseSource(typeof(Specs), nameof(Specs.EveryKind))]
    public void A_model_comes_back_to_the_bit(ModelSpec spec)
    {
        string path = PathOf("m.safetensors");
        using SequenceModel saved = SequenceModel.Create(spec, seed: 5);
        float[] y = Run(saved);
        saved.Save(path);

        using SequenceModel loaded = SequenceModel.Load(path);
        using SequenceModel described = SequenceModel.Load(path, spec);

        Assert.That(loaded.Spec, Is.EqualTo(spec));
        Assert.That(Bits(Run(loaded)), Is.EqualTo(Bits(y)));
        Assert.That(Bits(Run(described)), Is.EqualTo(Bits(y)));
        Assert.That(Bits(loaded.Weights.Span.ToArray()), Is.EqualTo(Bits(saved.Weights.Span.ToArray())));
        Assert.That(y, Has.Some.Not.Zero);

        loaded.Save(PathOf("again.safetensors"));
        Assert.That(File.ReadAllBytes(PathOf("again.safetensors")), Is.EqualTo(File.ReadAllBytes(path)));
    }

    [Test]
    public void Tensors_have_PyTorch_names_and_row_major_values()
    {
        string path = PathOf("m.safetensors");
        using SequenceModel model = SequenceModel.Create(Small);
        float[] weight = Inputs(12 * 3);
        model.SetParameter("lstm.weight_hh_l0", weight);
        model.Save(path);

        using SafetensorsFile file = SafetensorsFile.Read(path);
        Assert.That(file.Names, Is.EqualTo(SmallTensors.Select(tensor => tensor.Name)));
        Assert.That(file.Names.Select(file.ShapeOf), Is.EqualTo(SmallTensors.Select(tensor => tensor.Shape)));
        Assert.That(Bits(file.ReadSingles("lstm.weight_hh_l0")), Is.EqualTo(Bits(weight)));
        Assert.That(file.Metadata.Keys, Is.EqualTo(new[] { "engine.format", "engine.spec" }));
    }

    [Test]
    public void Notes_come_back()
    {
        string path = PathOf("m.safetensors");
        using SequenceModel model = SequenceModel.Create(Small);
        var notes = new Dictionary<string, string>
        {
            ["scaling"] = """{"mean":[1.5,-2]}""",
            ["größe"] = "μ ± σ, 日本, 😀",
            ["empty"] = "",
            [""] = "no key",
            ["lines"] = "a\r\n\t\0\u2028\"\\",
            ["engineer"] = "a key that begins almost like ours",
        };
        foreach ((string key, string value) in notes) model.Metadata[key] = value;
        model.Save(path);

        using SequenceModel loaded = SequenceModel.Load(path);
        using SequenceModel described = SequenceModel.Load(path, Small);

        Assert.That(loaded.Metadata, Is.EquivalentTo(notes));
        Assert.That(described.Metadata, Is.EquivalentTo(notes));
    }

    [TestCaseSource(nameof(Misfits))]
    public void Tensors_that_do_not_fit_are_refused((string Name, int[] Shape)[] tensors, string[] culprits)
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, Description(Small), tensors);

        AssertRefused(() => SequenceModel.Load(path), path, culprits);
        AssertRefused(() => SequenceModel.Load(path, Small), path, culprits);
    }

    [TestCaseSource(nameof(BrokenMetadata))]
    public void Metadata_that_does_not_fit_is_refused(Dictionary<string, string> metadata, string[] culprits)
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, metadata, SmallTensors);

        AssertRefused(() => SequenceModel.Load(path), path, culprits);
        if (metadata.Count > 0) AssertRefused(() => SequenceModel.Load(path, Small), path);
        else SequenceModel.Load(path, Small).Dispose();
    }

    [Test]
    public void The_untouched_pieces_of_these_tests_load()
    {
        string path = PathOf("m.safetensors");
        RawFile.Write(path, Description(Small), SmallTensors);

        using SequenceModel model = SequenceModel.Load(path);

        var bias = new float[12];
        model.GetParameter("lstm.bias_hh_l0", bias);
        Assert.That(bias, Has.All.EqualTo(4f));
    }

    [TestCase(float.NaN, "NaN")]
    [TestCase(float.PositiveInfinity, "Infinity")]
    [TestCase(float.NegativeInfinity, "-Infinity")]
    public void Weights_that_are_not_finite_are_refused(float value, string shown)
    {
        string path = PathOf("m.safetensors");
        SafetensorsWriter.Write(
            path, Description(Small), [.. SmallTensors.Select(tensor => new ParameterInfo(tensor.Name, tensor.Shape))], (_, _) => { });
        byte[] bytes = File.ReadAllBytes(path);
        BitConverter.GetBytes(value).CopyTo(bytes, bytes.Length - (4 * 2));
        File.WriteAllBytes(path, bytes);

        AssertRefused(() => SequenceModel.Load(path), path, $"tensor \"linear.weight\" holds {shown} at index 2; expected finite numbers");
    }

    [Test]
    public void Weights_of_another_dtype_are_refused()
    {
        string path = Write("m.safetensors", RawFile.Of(
            """
            {"linear.weight":{"dtype":"F64","shape":[1,1],"data_offsets":[0,8]},
             "linear.bias":{"dtype":"F32","shape":[1],"data_offsets":[8,12]}}
            """, 12));

        AssertRefused(
            () => SequenceModel.Load(path, ModelSpec.Input(1).Linear(1)), path,
            "tensor \"linear.weight\" has dtype F64; expected F32; convert with .float().");
    }

    [TestCase("gru")]
    [TestCase("rnn")]
    [TestCase("linear")]
    public void A_description_that_differs_from_the_callers_is_refused_even_if_the_weights_fit(string kind)
    {
        (ModelSpec own, ModelSpec given, string ours, string theirs) = kind switch
        {
            "gru" => (ModelSpec.Input(2).Gru(3), ModelSpec.Input(2).Gru(3, GruReset.Before), "after", "before"),
            "rnn" => (ModelSpec.Input(2).Rnn(3), ModelSpec.Input(2).Rnn(3, RnnActivation.Relu), "tanh", "relu"),
            _ => (ModelSpec.Input(2).Linear(3), ModelSpec.Input(2).Linear(3, lastStepOnly: true), "false", "true"),
        };
        string path = PathOf("m.safetensors");
        using SequenceModel model = SequenceModel.Create(own);
        model.Save(path);

        AssertRefused(
            () => SequenceModel.Load(path, given), path, "describes the model {\"input\"", ours, "the caller expects {\"input\"", theirs);
    }

    [Test]
    public void A_disposed_model_is_not_saved()
    {
        SequenceModel model = SequenceModel.Create(Small);
        model.Dispose();

        Assert.That(() => model.Save(PathOf("m.safetensors")), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(FileNames(), Is.Empty);
    }

    [Test]
    public void Wrong_arguments_are_refused()
    {
        using SequenceModel model = SequenceModel.Create(Small);

        Assert.That(() => model.Save((string)null!), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => model.Save(""), Throws.ArgumentException);
        Assert.That(() => SequenceModel.Load((string)null!), Throws.InstanceOf<ArgumentException>());
        Assert.That(() => SequenceModel.Load("m", null!), Throws.ArgumentNullException);
        Assert.That(() => SequenceModel.Load("m", ModelSpec.Input(1)), Throws.ArgumentException.With.Message.Contains("no layers"));
        Assert.That(() => SequenceModel.Load(PathOf("none")), Throws.TypeOf<FileNotFoundException>());
    }

    private static Dictionary<string, string> Description(ModelSpec spec) =>
        new() { ["engine.format"] = "1", ["engine.spec"] = ModelSpecJson.Write(spec) };

    private static void AssertRefused(Action load, string path, params string[] culprits)
    {
        InvalidDataException? exception = null;
        long allocated = Allocated(() => exception = Assert.Throws<InvalidDataException>(() => load()));

        Assert.That(exception!.Message, Does.StartWith($"{path}: ").And.Not.Contains("\n"));
        foreach (string culprit in culprits) Assert.That(exception.Message, Does.Contain(culprit));
        Assert.That(allocated, Is.LessThan(1 << 20));
    }

    private static TestCaseData Misfit(
        string name, Func<(string Name, int[] Shape)[], (string Name, int[] Shape)[]> change, params string[] culprits) =>
        new TestCaseData(change(SmallTensors), culprits).SetArgDisplayNames(name);

    private static TestCaseData Metadata(string name, Dictionary<string, string> metadata, params string[] culprits) =>
        new TestCaseData(metadata, culprits).SetArgDisplayNames(name);
}
