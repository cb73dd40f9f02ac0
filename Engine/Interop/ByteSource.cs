using Microsoft.Win32.SafeHandles;

namespace Engine.Interop;

/// <summary>Bytes of known number, readable from any place.</summary>
internal abstract class ByteSource : IDisposable
{
    /// <summary>What messages call it: the file as the caller named it.</summary>
    public abstract string Name { get; }

    public abstract long Length { get; }

    /// <summary>A file, which stays open, so that everything comes from the same version of it.</summary>
    public static ByteSource Of(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw new InvalidDataException($"{path}: is a folder; expected a safetensors file.");

        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            return new OpenFile(path, handle, RandomAccess.GetLength(handle));
        }
        catch (NotSupportedException error)
        {
            handle.Dispose();
            throw new InvalidDataException($"{path}: has no length, as a pipe or a terminal; expected a regular file.", error);
        }
    }

    /// <summary>What a stream has from its position on. It is left at its end, and open; one that cannot seek is read into memory first.</summary>
    public static ByteSource Of(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanRead) throw new ArgumentException("the stream cannot be read, or is closed; expected one that can.", nameof(stream));
        if (stream.CanSeek) return new RestOfStream(stream);

        var copy = new MemoryStream();
        stream.CopyTo(copy);
        copy.Position = 0;
        return new RestOfStream(copy);
    }

    /// <summary>Reads at least a byte, or 0 at the end.</summary>
    public abstract int Read(Span<byte> bytes, long offset);

    public abstract void Dispose();

    private sealed class OpenFile(string path, SafeFileHandle handle, long length) : ByteSource
    {
        public override string Name => path;

        public override long Length => length;

        public override int Read(Span<byte> bytes, long offset) => RandomAccess.Read(handle, bytes, offset);

        public override void Dispose() => handle.Dispose();
    }

    private sealed class RestOfStream(Stream stream) : ByteSource
    {
        private readonly long _start = stream.Position;

        public override string Name => "the stream";

        public override long Length { get; } = Math.Max(0, stream.Length - stream.Position);

        public override int Read(Span<byte> bytes, long offset)
        {
            stream.Position = _start + offset;
            return stream.Read(bytes);
        }

        public override void Dispose() => stream.Position = _start + Length;
    }
}
