using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Interop;

public class StateFileTests : FileTests
{
    private static readonly (string Name, int[] Shape)[] Fitting = [("h_l0", [2, 3]), ("c_l0", [2, 3]), ("h_l1", [2, 4])];

    private static readonly TestCaseData[] Misfits =
    [
        Misfit("no tensors", [], "tensor \"h_l0\" is missing"),
        Misfit("a tensor too few", Fitting[..2], "tensor \"h_l1\" is missing"),
        Misfit("a tensor too many", [.. Fitting, ("c_l1", [2, 4])], "unexpected tensor \"c_l1\""),
        Misfit("another batch", [("h_l0", [1, 3]), .. Fitting[1..]], "tensor \"h_l0\" has shape [1, 3]; expected [2, 3]"),
        Misfit("another size", [.. Fitting[..2], ("h_l1", [2, 5])], "tensor \"h_l1\" has shape [2, 5]; expected [2, 4]"),
        Misfit("another rank", [.. Fitting[..2], ("h_l1", [8])], "tensor \"h_l1\" has shape [8]; expected [2, 4]"),
    ];

    [TestCaseSource(typeof(Specs), nameof(Specs.EveryKind))]
    public void A_stream_goes_on_to_the_bit(ModelSpec spec)
    {
        using SequenceModel model = SequenceModel.Create(spec, seed: 3);
        using StreamState first = model.CreateState(2);
        using StreamState second = model.CreateState(2);
        Advance(model, first, 5);
        first.Save(PathOf("s.safetensors"));
        Advance(model, second, 2);

        second.Restore(PathOf("s.safetensors"));

        Assert.That(Bits(Snapshot(second)), Is.EqualTo(Bits(Snapshot(first))));
        Assert.That(Bits(Advance(model, second, 3)), Is.EqualTo(Bits(Advance(model, first, 3))));
    }

    [Test]
    public void The_file_holds_h_and_c_of_every_recurrent_layer()
    {
        using SequenceModel model = MakeModel();
        using StreamState state = model.CreateState(2);
        Advance(model, state, 3);
        state.Save(PathOf("s.safetensors"));

        using SafetensorsFile file = SafetensorsFile.Read(PathOf("s.safetensors"));
        var cells = new float[6];
        state.GetCell(0, cells);
        Assert.That(file.Names, Is.EqualTo(Fitting.Select(tensor => tensor.Name)));
        Assert.That(file.Names.Select(file.ShapeOf), Is.EqualTo(Fitting.Select(tensor => tensor.Shape)));
        Assert.That(file.ReadSingles("c_l0"), Is.EqualTo(cells).And.Some.Not.Zero);
    }

    [TestCaseSource(nameof(Misfits))]
    public void A_file_that_does_not_fit_changes_nothing((string Name, int[] Shape)[] tensors, string[] culprits)
    {
        string path = PathOf("s.safetensors");
        RawFile.Write(path, tensors);

        AssertRefused(path, culprits);
    }

    [TestCase(float.NaN, "NaN")]
    [TestCase(float.NegativeInfinity, "-Infinity")]
    public void Values_that_are_not_finite_change_nothing(float value, string shown)
    {
        string path = PathOf("s.safetensors");
        RawFile.Write(path, Fitting);
        byte[] bytes = File.ReadAllBytes(path);
        BitConverter.GetBytes(value).CopyTo(bytes, bytes.Length - 4);
        File.WriteAllBytes(path, bytes);

        AssertRefused(path, $"tensor \"h_l1\" holds {shown} at index 7; expected finite numbers");
    }

    [Test]
    public void A_missing_file_or_a_folder_changes_nothing()
    {
        using SequenceModel model = MakeModel();
        using StreamState state = model.CreateState(2);
        Advance(model, state, 3);
        float[] before = Snapshot(state);

        Assert.That(() => state.Restore(PathOf("none")), Throws.TypeOf<FileNotFoundException>());
        Assert.That(() => state.Restore(Folder), Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(Folder));
        Assert.That(Bits(Snapshot(state)), Is.EqualTo(Bits(before)));
    }

    [Test]
    public void A_state_that_is_not_finite_leaves_the_old_file()
    {
        string path = Write("s.safetensors", [1, 2, 3]);
        using SequenceModel model = MakeModel();
        using StreamState state = model.CreateState(2);
        state.SetHidden(1, [0, 0, 0, 0, 0, float.NaN, 0, 0]);

        Assert.That(() => state.Save(path), Throws.InvalidOperationException.With.Message.Contains("h_l1 holds NaN at index 5"));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 1, 2, 3 }));
        Assert.That(FileNames(), Is.EqualTo(new[] { "s.safetensors" }));
    }

    private static SequenceModel MakeModel() => SequenceModel.Create(ModelSpec.Input(2).Lstm(3).Gru(4).Linear(1), seed: 1);

    private static float[] Advance(SequenceModel model, StreamState state, int steps)
    {
        int batch = state.BatchSize;
        var y = new float[(model.Spec.LastStepOnly ? 1 : steps) * batch * model.OutputSize];
        if (model.Spec.TakesTokens) model.Run(state, Tokens(model, steps * batch), y);
        else model.Run(state, Inputs(steps * batch * model.InputSize), y);
        return y;
    }

    private static float[] Snapshot(StreamState state)
    {
        var snapshot = new float[state.SnapshotLength];
        state.Save(snapshot);
        return snapshot;
    }

    private static void AssertRefused(string path, params string[] culprits)
    {
        using SequenceModel model = MakeModel();
        using StreamState state = model.CreateState(2);
        Advance(model, state, 3);
        float[] before = Snapshot(state);

        InvalidDataException exception = Assert.Throws<InvalidDataException>(() => state.Restore(path))!;

        Assert.That(exception.Message, Does.StartWith($"{path}: "));
        foreach (string culprit in culprits) Assert.That(exception.Message, Does.Contain(culprit));
        Assert.That(Bits(Snapshot(state)), Is.EqualTo(Bits(before)).And.Some.Not.Zero);
    }

    private static TestCaseData Misfit(string name, (string Name, int[] Shape)[] tensors, params string[] culprits) =>
        new TestCaseData(tensors, culprits).SetArgDisplayNames(name);
}
