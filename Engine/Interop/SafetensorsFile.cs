using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Engine.Interop;

/// <summary>
/// A safetensors file open for reading, its header checked whole. The file stays open, so all tensors come from the same version
/// of it; nothing is allocated that the file's own length does not vouch for.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    /// <summary>The dtype of floats.</summary>
    public const string Singles = "F32";

    private const int PrefixLength = sizeof(long);

    // Values that one read takes at most: spans of bytes end at 2 GiB.
    private const int ReadLength = 1 << 20;

    private readonly SafeFileHandle _handle;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsFile(string path, SafeFileHandle handle, SafetensorsHeader header, long dataStart)
    {
        Path = path;
        _handle = handle;
        _header = header;
        _dataStart = dataStart;
    }

    /// <summary>The file, as the caller named it.</summary>
    public string Path { get; }

    /// <summary>The strings of <c>__metadata__</c>, in the file's order.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors' names, in the header's order.</summary>
    public IReadOnlyCollection<string> Names => _header.Tensors.Keys;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="InvalidDataException">The file is no safetensors file, or a broken one.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static SafetensorsFile Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (Directory.Exists(path)) throw Broken(path, "is a folder; expected a safetensors file");

        SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete);
        try
        {
            long length = LengthOf(path, handle);
            if (length < PrefixLength)
                throw Broken(path, $"has {length} bytes; a safetensors file begins with 8 bytes, the length of its header");

            Span<byte> prefix = stackalloc byte[PrefixLength];
            ReadExactly(path, handle, 0, prefix);
            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (prefix.StartsWith("PK"u8))
                throw Broken(path, "is a zip archive, which torch.save makes; expected a safetensors file: safetensors.torch.save_file(module.state_dict(), path)");
            if (headerLength > SafetensorsHeader.LargestLength)
                throw Broken(path, $"it is no safetensors file: the header would have {headerLength} bytes; expected at most {SafetensorsHeader.LargestLength}");
            long rest = length - PrefixLength;
            if ((long)headerLength > rest)
                throw Broken(path, $"the header would have {headerLength} bytes; only {rest} follow: the file is truncated");

            var json = new byte[(int)headerLength];
            ReadExactly(path, handle, PrefixLength, json);
            SafetensorsHeader header = SafetensorsHeader.Parse(path, json, rest - json.Length);
            return new(path, handle, header, PrefixLength + json.Length);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    public bool Contains(string name) => _header.Tensors.ContainsKey(name);

    public IReadOnlyList<int> ShapeOf(string name) => Entry(name).Shape;

    /// <summary>Throws unless a tensor has the element type expected.</summary>
    public void RequireDtype(string name, string dtype)
    {
        string actual = Entry(name).Dtype;
        if (actual == dtype) return;
        string advice = dtype == Singles ? "; convert with .float()" : "";
        throw Broken($"tensor {Quoted.Text(name)} has dtype {actual}; expected {dtype}{advice}");
    }

    public float[] ReadSingles(string name) => Read<float>(name, Singles);

    public double[] ReadDoubles(string name) => Read<double>(name, "F64");

    public long[] ReadInt64s(string name) => Read<long>(name, "I64");

    public void Dispose() => _handle.Dispose();

    /// <summary>The error of a file that cannot be used, with the file's name.</summary>
    public InvalidDataException Broken(string what, Exception? inner = null) => Broken(Path, what, inner);

    private static InvalidDataException Broken(string path, string what, Exception? inner = null) => new($"{path}: {what}.", inner);

    private T[] Read<T>(string name, string dtype)
        where T : unmanaged
    {
        RequireDtype(name, dtype);
        TensorEntry tensor = Entry(name);
        if (tensor.Count > Array.MaxLength)
            throw Broken($"tensor {Quoted.Text(name)} has {tensor.Count} values; expected at most {Array.MaxLength}");

        T[] values = GC.AllocateUninitializedArray<T>((int)tensor.Count);
        long offset = _dataStart + tensor.Begin;
        for (Span<T> rest = values; !rest.IsEmpty;)
        {
            Span<byte> bytes = MemoryMarshal.AsBytes(rest[..Math.Min(ReadLength, rest.Length)]);
            ReadExactly(Path, _handle, offset, bytes);
            LittleEndian.Convert(bytes, tensor.ElementSize);
            offset += bytes.Length;
            rest = rest[(bytes.Length / tensor.ElementSize)..];
        }

        return values;
    }

    private TensorEntry Entry(string name) => _header.Tensors.TryGetValue(name, out TensorEntry? tensor)
        ? tensor
        : throw Broken($"tensor {Quoted.Text(name)} is missing; the file has {Quoted.List(Names)}");

    private static long LengthOf(string path, SafeFileHandle handle)
    {
        try
        {
            return RandomAccess.GetLength(handle);
        }
        catch (NotSupportedException error)
        {
            throw Broken(path, "has no length, as a pipe or a terminal; expected a regular file", error);
        }
    }

    private static void ReadExactly(string path, SafeFileHandle handle, long offset, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = RandomAccess.Read(handle, bytes, offset);
            if (read == 0) throw Broken(path, $"ends at byte {offset}; expected {bytes.Length} more");
            bytes = bytes[read..];
            offset += read;
        }
    }
}
