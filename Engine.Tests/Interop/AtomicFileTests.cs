using System.Runtime.Versioning;
using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Interop;

/// <summary>A save that fails leaves the old file and nothing else.</summary>
public class AtomicFileTests : FileTests
{
    private static readonly byte[] Old = [1, 2, 3];

    private static readonly TestCaseData[] BadNotes =
    [
        Note("our key", "engine.spec", "{}", "engine."),
        Note("our prefix", "engine.", "", "reserved"),
        Note("null", "note", null, "null for \"note\""),
        Note("half a surrogate pair", "note", "half \ud83d", "\"note\" is no Unicode"),
        Note("half a surrogate pair as key", "half \ude00", "", "no Unicode"),
    ];

    [TestCaseSource(nameof(BadNotes))]
    public void Notes_that_cannot_be_saved_leave_the_old_file(string key, string? value, string culprit)
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(2));
        model.Metadata[key] = value!;

        AssertLeavesOldFile(model.Save, Throws.ArgumentException.With.Message.Contains(culprit));
    }

    [Test]
    public void Weights_that_are_not_finite_leave_the_old_file()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(2));
        model.Weights.Span[model.PackedParameters[3].Offset] = float.NaN;

        AssertLeavesOldFile(model.Save, Throws.InvalidOperationException.With.Message.Contains("lstm.bias_hh_l0 holds NaN at index 0"));
    }

    [Test]
    public void A_failure_midway_leaves_the_old_file()
    {
        static void Fail(Stream stream)
        {
            stream.Write(new byte[100_000]);
            throw new IOException("the disk is full");
        }

        AssertLeavesOldFile(path => AtomicFile.Write(path, Fail), Throws.TypeOf<IOException>().With.Message.EqualTo("the disk is full"));
    }

    [Test]
    [Platform(Exclude = "Win")]
    [UnsupportedOSPlatform("windows")]
    public void Who_may_read_and_write_stays([Values(0b110_000_000, 0b110_110_110)] int mode)
    {
        string path = Write("m.safetensors", Old);
        File.SetUnixFileMode(path, (UnixFileMode)mode);
        AtomicFile.Write(path, stream => stream.Write([9]));
        Assert.That(File.GetUnixFileMode(path), Is.EqualTo((UnixFileMode)mode));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo((byte[])[9]));
    }

    [Test]
    [Platform(Exclude = "Win", Reason = "links need a privilege there")]
    public void A_link_goes_on_pointing_to_the_file([Values] bool exists)
    {
        string path = Path.Combine(Path.GetDirectoryName(Write("old", Old))!, "m.safetensors");
        if (exists) File.WriteAllBytes(path, Old);
        string near = path + ".near", far = path + ".far";
        File.CreateSymbolicLink(near, "m.safetensors");
        File.CreateSymbolicLink(far, near);
        AtomicFile.Write(far, stream => stream.Write([9]));
        Assert.That(new FileInfo(far).LinkTarget, Is.EqualTo(near));
        Assert.That(new FileInfo(near).LinkTarget, Is.EqualTo("m.safetensors"));
        Assert.That(File.ReadAllBytes(path), Is.EqualTo((byte[])[9]));
    }

    [Test]
    public void The_old_file_stays_until_the_new_one_is_complete()
    {
        string path = Write("m.safetensors", Old);

        AtomicFile.Write(path, stream =>
        {
            stream.Write([9]);
            stream.Flush();
            Assert.That(File.ReadAllBytes(path), Is.EqualTo(Old));
        });

        Assert.That(File.ReadAllBytes(path), Is.EqualTo(new byte[] { 9 }));
        Assert.That(FileNames(), Is.EqualTo(new[] { "m.safetensors" }));
    }

    [Test]
    public void A_folder_in_the_way_stays()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(2));
        Directory.CreateDirectory(PathOf("m.safetensors"));

        Assert.That(
            () => model.Save(PathOf("m.safetensors")), Throws.InstanceOf<IOException>().Or.InstanceOf<UnauthorizedAccessException>());
        Assert.That(FileNames(), Is.EqualTo(new[] { "m.safetensors" }));
        Assert.That(Directory.Exists(PathOf("m.safetensors")));
    }

    [Test]
    public void A_missing_folder_is_reported_and_not_made()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(2));

        Assert.That(() => model.Save(Path.Combine(Folder, "none", "m.safetensors")), Throws.TypeOf<DirectoryNotFoundException>());
        Assert.That(FileNames(), Is.Empty);
    }

    private void AssertLeavesOldFile(Action<string> save, NUnit.Framework.Constraints.IResolveConstraint throws)
    {
        string path = Write("m.safetensors", Old);

        Assert.That(() => save(path), throws);
        Assert.That(File.ReadAllBytes(path), Is.EqualTo(Old));
        Assert.That(FileNames(), Is.EqualTo(new[] { "m.safetensors" }));
    }

    // Named, because half a surrogate pair in a test's name would end up in reports.
    private static TestCaseData Note(string name, string key, string? value, string culprit) =>
        new TestCaseData(key, value, culprit).SetArgDisplayNames(name);
}
