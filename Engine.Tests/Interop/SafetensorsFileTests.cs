using System.IO.Pipes;
using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Interop;

public class SafetensorsFileTests : FileTests
{
    [Test]
    [Platform("Linux")]
    public void A_pipe_is_refused()
    {
        using var pipe = new AnonymousPipeServerStream(PipeDirection.In);
        string path = $"/proc/self/fd/{pipe.SafePipeHandle.DangerousGetHandle()}";
        Assert.That(() => SafetensorsFile.Read(path), Throws.TypeOf<InvalidDataException>().With.Message.Contains(path).And.Message.Contains("expected a regular file"));
    }

    [Test]
    public void Golden_files_read_with_metadata_and_every_dtype()
    {
        using SafetensorsFile file = SafetensorsFile.Read(Golden("stacked.safetensors"));
        using SafetensorsFile singles = SafetensorsFile.Read(Golden("state_dict_expected.safetensors"));

        Assert.That(file.Metadata["tokens_gru_ce"], Does.Contain("tokens:"));
        Assert.That(file.ReadDoubles("lstm2_mse/loss"), Has.Length.EqualTo(1).And.All.Positive);
        int tokens = file.ShapeOf("tokens_gru_ce/tokens").Aggregate(1, (a, b) => a * b);
        Assert.That(file.ReadInt64s("tokens_gru_ce/tokens"), Has.Length.EqualTo(tokens).And.All.InRange(0, 100));
        Assert.That(singles.ReadSingles("state_dict/x"), Has.Length.EqualTo(6 * 2 * 3).And.All.InRange(-1f, 1f));
    }

    [Test]
    public void What_was_written_comes_back()
    {
        string path = PathOf("f.safetensors");
        var metadata = new Dictionary<string, string> { ["note"] = "μ = 3 \"quoted\"\n\u2028 😀" };

        RawFile.Write(path, metadata, ("b", [2, 3]), ("a", [1]), ("empty", [0, 4]), ("scalar", []));

        using SafetensorsFile file = SafetensorsFile.Read(path);
        Assert.That(file.Names, Is.EqualTo(new[] { "b", "a", "empty", "scalar" }));
        Assert.That(file.Metadata, Is.EqualTo(metadata));
        Assert.That(file.ShapeOf("b"), Is.EqualTo(new[] { 2, 3 }));
        Assert.That(file.ReadSingles("b"), Is.EqualTo(new[] { 1f, 1, 1, 1, 1, 1 }));
        Assert.That(file.ReadSingles("a"), Is.EqualTo(new[] { 2f }));
        Assert.That(file.ReadSingles("empty"), Is.Empty);
        Assert.That(file.ReadSingles("scalar"), Is.EqualTo(new[] { 4f }));
    }

    [Test]
    public void Data_begins_at_a_multiple_of_8_whatever_the_header()
    {
        for (int length = 1; length <= 9; length++)
        {
            string path = PathOf("f.safetensors");
            RawFile.Write(path, (new string('n', length), [3]));
            Assert.That((new FileInfo(path).Length - 12) % 8, Is.Zero, $"name of {length} letters");
        }
    }

    [Test]
    public void A_tensor_of_another_dtype_or_name_is_refused()
    {
        string path = Write("f.safetensors", RawFile.Of("""{"half":{"dtype":"F16","shape":[2],"data_offsets":[0,4]}}""", 4));
        using SafetensorsFile file = SafetensorsFile.Read(path);

        Assert.That(
            () => file.ReadSingles("half"),
            Throws.TypeOf<InvalidDataException>()
                .With.Message.EqualTo($"{path}: tensor \"half\" has dtype F16; expected F32; convert with .float()."));
        Assert.That(
            () => file.ReadDoubles("half"),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo($"{path}: tensor \"half\" has dtype F16; expected F64."));
        Assert.That(
            () => file.ReadInt64s("whole"),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo($"{path}: tensor \"whole\" is missing; the file has \"half\"."));
    }

    [Test]
    public void A_file_that_shrinks_while_it_is_read_is_refused()
    {
        string path = Write("f.safetensors", RawFile.OfSingles("a", 1, 2, 3));
        using SafetensorsFile file = SafetensorsFile.Read(path);
        using (FileStream stream = new(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) stream.SetLength(stream.Length - 4);

        Assert.That(() => file.ReadSingles("a"), Throws.TypeOf<InvalidDataException>().With.Message.Contains(path));
    }

    [Test]
    public void A_file_can_be_replaced_while_it_is_read()
    {
        string path = Write("f.safetensors", RawFile.OfSingles("a", 1, 2));
        using SafetensorsFile file = SafetensorsFile.Read(path);

        RawFile.Write(path, ("b", [5]));

        Assert.That(file.ReadSingles("a"), Is.EqualTo(new[] { 1f, 2 }));
    }

    [Test]
    public void Missing_files_are_reported_as_such()
    {
        Assert.That(() => SafetensorsFile.Read(PathOf("none.safetensors")), Throws.TypeOf<FileNotFoundException>());
        Assert.That(() => SafetensorsFile.Read(Path.Combine(Folder, "none", "f.safetensors")), Throws.TypeOf<DirectoryNotFoundException>());
        Assert.That(() => SafetensorsFile.Read(""), Throws.ArgumentException);
        Assert.That(
            () => SafetensorsFile.Read(Folder),
            Throws.TypeOf<InvalidDataException>().With.Message.EqualTo($"{Folder}: is a folder; expected a safetensors file."));
    }
}
