using System.IO.Compression;
using NUnit.Framework;

namespace Engine.Tests.Interop;

/// <summary>Models in streams: the bytes of a file, from wherever they come.</summary>
public class ModelStreamTests : FileTests
{
    private static readonly ModelSpec Small = ModelSpec.Input(2).Lstm(3).Linear(1);

    [Test]
    public void The_bytes_are_those_of_a_file()
    {
        using SequenceModel model = SequenceModel.Create(Small, seed: 5);
        model.Save(PathOf("m.safetensors"));
        Assert.That(Saved(model), Is.EqualTo(File.ReadAllBytes(PathOf("m.safetensors"))));
    }

    [Test]
    public void A_model_comes_back_from_the_middle_of_a_stream()
    {
        using SequenceModel model = SequenceModel.Create(Small, seed: 5);
        model.Metadata["unit"] = "V";
        using var stream = new MemoryStream();
        stream.Write([1, 2, 3]);
        model.Save(stream);
        stream.Position = 3;

        using SequenceModel loaded = SequenceModel.Load(stream);
        Assert.That(stream.Position, Is.EqualTo(stream.Length), "left at its end, open");
        Assert.That(Bits(Run(loaded)), Is.EqualTo(Bits(Run(model))));
        Assert.That(loaded.Metadata["unit"], Is.EqualTo("V"));
    }

    [Test]
    public void A_stream_that_cannot_seek_and_gives_a_byte_or_two_at_a_time_is_read()
    {
        using SequenceModel model = SequenceModel.Create(Small, seed: 5);
        using var packed = new MemoryStream();
        using (var zip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) model.Save(zip);
        packed.Position = 0;
        using var unpacked = new GZipStream(packed, CompressionMode.Decompress);
        using SequenceModel loaded = SequenceModel.Load(unpacked);
        using SequenceModel dripped = SequenceModel.Load(new Dripping(Saved(model)));
        Assert.That(Bits(Run(loaded)), Is.EqualTo(Bits(Run(model))));
        Assert.That(Bits(Run(dripped)), Is.EqualTo(Bits(Run(model))));
    }

    [Test]
    public void PyTorchs_tensors_load_with_a_description()
    {
        ModelSpec spec = ModelSpec.Input(3).Lstm(8).Lstm(8).Linear(2);
        using SequenceModel model = SequenceModel.Create(spec, seed: 3);
        RawFile.Write(PathOf("pt.safetensors"), [.. model.Parameters.Select(parameter => ("net." + parameter.Name, parameter.Shape.ToArray()))]);
        byte[] bytes = File.ReadAllBytes(PathOf("pt.safetensors"));
        using SequenceModel loaded = SequenceModel.Load(new MemoryStream(bytes), spec);
        using SequenceModel named = SequenceModel.Load(new MemoryStream(bytes), spec, new Dictionary<string, string> { ["lstm"] = "net.lstm" });
        Assert.That(Bits(Run(named)), Is.EqualTo(Bits(Run(loaded))));
    }

    [Test]
    public void A_broken_stream_is_named_so_and_stays_open()
    {
        using SequenceModel model = SequenceModel.Create(Small);
        using var cut = new MemoryStream(Saved(model)[..^5]);
        Assert.That(() => SequenceModel.Load(cut), Throws.TypeOf<InvalidDataException>().With.Message.StartsWith("the stream: ").And.Message.Contains("truncated"));
        Assert.That(cut.CanRead);
        Assert.That(() => SequenceModel.Load(new MemoryStream()), Throws.TypeOf<InvalidDataException>().With.Message.Contains("has 0 bytes"));
    }

    [Test]
    public void Nothing_is_written_of_a_model_that_cannot_be_saved()
    {
        using SequenceModel model = SequenceModel.Create(Small);
        model.PackedParameters[^1].Pack([float.NaN], model.Weights.Span);
        using var stream = new MemoryStream();
        Assert.That(() => model.Save(stream), Throws.InvalidOperationException.With.Message.Contains("linear.bias holds NaN at index 0"));
        Assert.That(stream.Length, Is.Zero);
    }

    [Test]
    public void Streams_of_no_use_are_refused()
    {
        using SequenceModel model = SequenceModel.Create(Small);
        var closed = new MemoryStream();
        closed.Dispose();
        Assert.That(() => model.Save(closed), Throws.ArgumentException.With.Message.Contains("stream cannot be written to"));
        Assert.That(() => SequenceModel.Load(closed), Throws.ArgumentException.With.Message.Contains("stream cannot be read"));
        Assert.That(() => model.Save((Stream)null!), Throws.ArgumentNullException);
        Assert.That(() => SequenceModel.Load((Stream)null!), Throws.ArgumentNullException);
        Assert.That(() => SequenceModel.Load(new MemoryStream(), null!), Throws.ArgumentNullException);
        Assert.That(() => SequenceModel.Load(new MemoryStream(), ModelSpec.Input(1)), Throws.ArgumentException.With.Message.Contains("no layers"));
    }

    [Test]
    public void A_stream_of_a_model_is_not_taken_for_streams_of_a_state()
    {
        using SequenceModel model = SequenceModel.Create(Small);
        using StreamState state = model.CreateState();
        state.Save(PathOf("state.safetensors"));
        Assert.That(
            () => SequenceModel.Load(PathOf("state.safetensors")),
            Throws.TypeOf<InvalidDataException>().With.Message.Contains("holds the states of streams, which StreamState.Restore reads; expected a model"));
    }

    private static byte[] Saved(SequenceModel model)
    {
        using var stream = new MemoryStream();
        model.Save(stream);
        return stream.ToArray();
    }

    // Seeks, but gives a byte or two at a time.
    private sealed class Dripping(byte[] bytes) : MemoryStream(bytes)
    {
        public override int Read(Span<byte> buffer) => base.Read(buffer[..Math.Min(buffer.Length, 1 + (int)(Position % 2))]);
    }
}
