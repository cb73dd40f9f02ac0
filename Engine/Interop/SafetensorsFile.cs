using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace Engine.Interop;

/// <summary>
/// A safetensors file open for reading, or a stream, its header checked whole. Nothing is allocated that its own length does not vouch for.
/// </summary>
internal sealed class SafetensorsFile : IDisposable
{
    /// <summary>The dtype of floats.</summary>
    public const string Singles = "F32";

    private const int PrefixLength = sizeof(long);

    // Values that one read takes at most: spans of bytes end at 2 GiB.
    private const int ReadLength = 1 << 20;

    private readonly ByteSource _source;
    private readonly SafetensorsHeader _header;
    private readonly long _dataStart;

    private SafetensorsFile(ByteSource source, SafetensorsHeader header, long dataStart)
    {
        _source = source;
        _header = header;
        _dataStart = dataStart;
    }

    /// <summary>The strings of <c>__metadata__</c>, in the file's order.</summary>
    public IReadOnlyDictionary<string, string> Metadata => _header.Metadata;

    /// <summary>The tensors' names, in the header's order.</summary>
    public IReadOnlyCollection<string> Names => _header.Tensors.Keys;

    /// <summary>Opens a file and checks its header.</summary>
    /// <exception cref="InvalidDataException">The file is no safetensors file, or a broken one.</exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    public static SafetensorsFile Read(string path) => Read(ByteSource.Of(path));

    /// <summary>Checks the header of what a stream has from its position to its end.</summary>
    /// <exception cref="InvalidDataException">It is no safetensors file, or a broken one.</exception>
    public static SafetensorsFile Read(Stream stream) => Read(ByteSource.Of(stream));

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

    public void Dispose() => _source.Dispose();

    /// <summary>The error of a file that cannot be used, with the file's name.</summary>
    public InvalidDataException Broken(string what, Exception? inner = null) => Broken(_source, what, inner);

    private static InvalidDataException Broken(ByteSource source, string what, Exception? inner = null) => new($"{source.Name}: {what}.", inner);

    private static SafetensorsFile Read(ByteSource source)
    {
        try
        {
            long length = source.Length;
            if (length < PrefixLength)
                throw Broken(source, $"has {length} bytes; a safetensors file begins with 8 bytes, the length of its header");

            Span<byte> prefix = stackalloc byte[PrefixLength];
            ReadExactly(source, 0, prefix);
            ulong headerLength = BinaryPrimitives.ReadUInt64LittleEndian(prefix);
            if (prefix.StartsWith("PK"u8))
                throw Broken(source, "is a zip archive, which torch.save makes; expected a safetensors file: safetensors.torch.save_file(module.state_dict(), path)");
            if (headerLength > SafetensorsHeader.LargestLength)
                throw Broken(source, $"it is no safetensors file: the header would have {headerLength} bytes; expected at most {SafetensorsHeader.LargestLength}");
            long rest = length - PrefixLength;
            if ((long)headerLength > rest)
                throw Broken(source, $"the header would have {headerLength} bytes; only {rest} follow: the file is truncated");

            var json = new byte[(int)headerLength];
            ReadExactly(source, PrefixLength, json);
            SafetensorsHeader header = SafetensorsHeader.Parse(source.Name, json, rest - json.Length);
            return new(source, header, PrefixLength + json.Length);
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

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
            ReadExactly(_source, offset, bytes);
            LittleEndian.Convert(bytes, tensor.ElementSize);
            offset += bytes.Length;
            rest = rest[(bytes.Length / tensor.ElementSize)..];
        }

        return values;
    }

    private TensorEntry Entry(string name) => _header.Tensors.TryGetValue(name, out TensorEntry? tensor)
        ? tensor
        : throw Broken($"tensor {Quoted.Text(name)} is missing; the file has {Quoted.List(Names)}");

    private static void ReadExactly(ByteSource source, long offset, Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            int read = source.Read(bytes, offset);
            if (read == 0) throw Broken(source, $"ends at byte {offset}; expected {bytes.Length} more");
            bytes = bytes[read..];
            offset += read;
        }
    }
}
