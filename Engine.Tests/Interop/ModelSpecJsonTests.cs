using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Interop;

public class ModelSpecJsonTests
{
    private const string Lstm = """{"lstm":{"hidden":4}}""";

    private static readonly TestCaseData[] Broken =
    [
        Case("", "not the JSON expected"),
        Case("[]", "expected an object"),
        Case("null", "expected an object"),
        Case("{", "not the JSON expected"),
        Case($$"""{"layers":[{{Lstm}}]}""", "the description has no \"input\""),
        Case("""{"input":{"features":3}}""", "the description has no \"layers\""),
        Case($$"""{"input":{"features":3},"tokens":{"vocabulary":3},"layers":[{{Lstm}}]}""", "unknown property \"input\""),
        Case($$"""{"input":{"features":3},"layers":[{{Lstm}}],"name":"x"}""", "unknown property \"name\""),
        Case($$"""{"input":{"features":3},"input":{"features":3},"layers":[{{Lstm}}]}""", "input"),
        Case($$"""{"input":{},"layers":[{{Lstm}}]}""", "input has no \"features\""),
        Case($$"""{"input":{"features":3,"rate":1},"layers":[{{Lstm}}]}""", "input has the unknown property \"rate\""),
        Case($$"""{"input":3,"layers":[{{Lstm}}]}""", "input is \"3\"; expected an object"),
        Case($$"""{"input":{"features":"3"},"layers":[{{Lstm}}]}""", "input: \"features\"", "a whole number"),
        Case($$"""{"input":{"features":1.5},"layers":[{{Lstm}}]}""", "input: \"features\" is \"1.5\""),
        Case($$"""{"input":{"features":99999999999},"layers":[{{Lstm}}]}""", "input: \"features\" is \"99999999999\""),
        Case($$"""{"input":{"features":0},"layers":[{{Lstm}}]}""", "features is 0; expected 1 to 1048576"),
        Case("""{"input":{"features":3},"layers":{}}""", "\"layers\" is no array"),
        Case("""{"input":{"features":3},"layers":[]}""", "0 layers"),
        Case($$"""{"input":{"features":3},"layers":[{{string.Join(',', Enumerable.Repeat(Lstm, 4097))}}]}""", "4097 layers"),
        Case("""{"input":{"features":3},"layers":["lstm"]}""", "layer 0"),
        Case("""{"input":{"features":3},"layers":[{}]}""", "layer 0", "expected one, its kind"),
        Case("""{"input":{"features":3},"layers":[{"lstm":{"hidden":4},"gru":{"hidden":4}}]}""", "layer 0", "\"lstm\", \"gru\""),
        Case($$$"""{"input":{"features":3},"layers":[{{{Lstm}}},{"lstn":{"hidden":4}}]}""", "layer 1", "unknown kind \"lstn\"", "lstm, gru"),
        Case("""{"input":{"features":3},"layers":[{"lstm":{}}]}""", "layer 0 (lstm) has no \"hidden\""),
        Case("""{"input":{"features":3},"layers":[{"lstm":{"hidden":4,"projection":2}}]}""", "layer 0 (lstm)", "\"projection\""),
        Case("""{"input":{"features":3},"layers":[{"lstm":{"hidden":-4}}]}""", "hidden is -4; expected 1 to 1048576"),
        Case("""{"input":{"features":3},"layers":[{"rnn":{"hidden":4,"activation":"sin"}}]}""", "\"activation\"", "sin", "\"tanh\" or \"relu\""),
        Case("""{"input":{"features":3},"layers":[{"rnn":{"hidden":4,"activation":1}}]}""", "\"activation\" is \"1\""),
        Case("""{"input":{"features":3},"layers":[{"gru":{"hidden":4}}]}""", "layer 0 (gru) has no \"reset\""),
        Case("""{"input":{"features":3},"layers":[{"linear":{"outputs":4,"lastStepOnly":1}}]}""", "\"lastStepOnly\"", "true or false"),
        Case($$$"""{"input":{"features":3},"layers":[{"linear":{"outputs":4,"lastStepOnly":true}},{{{Lstm}}}]}""", "has to be the last one"),
        Case($$"""{"tokens":{"vocabulary":3},"layers":[{{Lstm}}]}""", "expected an Embedding first"),
        Case("""{"input":{"features":3},"layers":[{"embedding":{"dimension":4}}]}""", "an Embedding reads token ids"),
        Case("""{"input":{"features":3},"layers":[{"\ud800":{"hidden":4}}]}""", "not the JSON expected"),
        Case($$"""{"input":{"features":3},"layers":{{new string('[', 1000)}}""", "not the JSON expected"),
    ];

    [Test]
    public void The_description_reads_well()
    {
        Assert.That(
            ModelSpecJson.Write(ModelSpec.Input(3).Lstm(64).Gru(8).Linear(1)),
            Is.EqualTo(
                """{"input":{"features":3},"layers":[{"lstm":{"hidden":64}},{"gru":{"hidden":8,"reset":"after"}},"""
                + """{"linear":{"outputs":1,"lastStepOnly":false}}]}"""));
        Assert.That(
            ModelSpecJson.Write(ModelSpec.Tokens(99).Embedding(5).Rnn(7, RnnActivation.Relu)),
            Is.EqualTo("""{"tokens":{"vocabulary":99},"layers":[{"embedding":{"dimension":5}},{"rnn":{"hidden":7,"activation":"relu"}}]}"""));
    }

    [Test]
    public void Any_description_survives() =>
        Property.Holds(Specs.Any, 500, spec => ModelSpecJson.Read(ModelSpecJson.Write(spec)).Equals(spec));

    [Test]
    public void Every_kind_of_layer_has_its_name_and_its_test()
    {
        Type[] kinds = [.. typeof(LayerSpec).Assembly.GetTypes().Where(type => type.IsSubclassOf(typeof(LayerSpec)) && !type.IsAbstract)];

        Assert.That(LayerKind.All.Select(kind => kind.Type), Is.EquivalentTo(kinds));
        Assert.That(LayerKind.All.Select(kind => kind.Name), Is.Unique);
        Assert.That(Specs.EveryKind.SelectMany(spec => spec.Layers).Select(layer => layer.GetType()).Distinct(), Is.EquivalentTo(kinds));
    }

    [TestCaseSource(nameof(Broken))]
    public void A_broken_description_is_refused(string text, string[] culprits)
    {
        FormatException exception = Assert.Throws<FormatException>(() => ModelSpecJson.Read(text))!;
        foreach (string culprit in culprits) Assert.That(exception.Message, Does.Contain(culprit));
        Assert.That(exception.Message, Does.Not.Contain("\n"));
    }

    [Test]
    public void Too_many_layers_are_not_written()
    {
        ModelSpec spec = Enumerable.Repeat(1, ModelSpecJson.MostLayers).Aggregate(ModelSpec.Input(1), (spec, size) => spec.Linear(size));

        Assert.That(ModelSpecJson.Read(ModelSpecJson.Write(spec)), Is.EqualTo(spec));
        Assert.That(() => ModelSpecJson.Write(spec.Linear(1)), Throws.InvalidOperationException.With.Message.Contains("4097 layers"));
    }

    private static TestCaseData Case(string text, params string[] culprits) =>
        new TestCaseData(text, culprits).SetArgDisplayNames(text.Length > 100 ? text[..100] : text);
}
