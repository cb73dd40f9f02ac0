using System.Buffers;
using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Engine.Interop;

/// <summary>Writes safetensors files of F32 tensors: equal content gives equal bytes.</summary>
internal static class SafetensorsWriter
{
    private const int PrefixLength = sizeof(long);
    private const int Alignment = 8;
    private const int WriteLength = 1 << 20;

    /// <summary>Gives the values of one tensor.</summary>
    /// <param name="tensor">Its place in the list.</param>
    /// <param name="values">To be filled, row-major.</param>
    public delegate void Fill(int tensor, Span<float> values);

    /// <summary>Writes a file, or leaves the old one as it was.</summary>
    /// <param name="path">The file.</param>
    /// <param name="metadata">The strings of <c>__metadata__</c>.</param>
    /// <param name="tensors">Names and shapes, in the order they are stored.</param>
    /// <param name="fill">Gives the values.</param>
    /// <exception cref="InvalidOperationException">A value is not finite, or the header would be longer than the format allows.</exception>
    public static void Write(
        string path, IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<ParameterInfo> tensors, Fill fill)
    {
        byte[] header = Header(metadata, tensors);
        AtomicFile.Write(path, stream => Write(stream, header, tensors, fill));
    }

    /// <summary>Writes to a stream, or throws before the first byte.</summary>
    /// <param name="stream">The stream.</param>
    /// <param name="metadata">The strings of <c>__metadata__</c>.</param>
    /// <param name="tensors">Names and shapes, in the order they are stored.</param>
    /// <param name="fill">Gives the values.</param>
    /// <exception cref="InvalidOperationException">A value is not finite, or the header would be longer than the format allows.</exception>
    public static void Write(
        Stream stream, IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<ParameterInfo> tensors, Fill fill)
    {
        ArgumentNullException.ThrowIfNull(stream);
        if (!stream.CanWrite) throw new ArgumentException("the stream cannot be written to, or is closed; expected one that can.", nameof(stream));
        byte[] header = Header(metadata, tensors);
        for (int i = 0; i < tensors.Count; i++) Values(i, tensors, fill);
        Write(stream, header, tensors, fill);
    }

    private static void Write(Stream stream, byte[] header, IReadOnlyList<ParameterInfo> tensors, Fill fill)
    {
        stream.Write(header);
        for (int i = 0; i < tensors.Count; i++) Write(stream, Values(i, tensors, fill));
    }

    // Of one tensor, all finite.
    private static float[] Values(int tensor, IReadOnlyList<ParameterInfo> tensors, Fill fill)
    {
        var values = new float[tensors[tensor].Count];
        fill(tensor, values);
        int bad = Finite.FirstBreach(values);
        return bad < 0
            ? values
            : throw new InvalidOperationException($"{tensors[tensor].Name} holds {values[bad]} at index {bad}; only finite numbers are saved.");
    }

    private static void Write(Stream stream, Span<float> values)
    {
        while (!values.IsEmpty)
        {
            Span<float> part = values[..Math.Min(WriteLength, values.Length)];
            Span<byte> bytes = MemoryMarshal.AsBytes(part);
            LittleEndian.Convert(bytes, sizeof(float));
            stream.Write(bytes);
            values = values[part.Length..];
        }
    }

    private static byte[] Header(IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<ParameterInfo> tensors)
    {
        var buffer = new ArrayBufferWriter<byte>();
        buffer.Write(stackalloc byte[PrefixLength]);
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            WriteHeader(json, metadata, tensors);
        }

        while (buffer.WrittenCount % Alignment != 0) buffer.Write(" "u8);

        byte[] header = buffer.WrittenSpan.ToArray();
        int length = header.Length - PrefixLength;
        if (length > SafetensorsHeader.LargestLength)
            throw new InvalidOperationException($"the header takes {length} bytes; the format allows {SafetensorsHeader.LargestLength}.");
        BinaryPrimitives.WriteInt64LittleEndian(header, length);
        return header;
    }

    private static void WriteHeader(
        Utf8JsonWriter json, IEnumerable<KeyValuePair<string, string>> metadata, IReadOnlyList<ParameterInfo> tensors)
    {
        json.WriteStartObject();
        if (metadata.Any())
        {
            json.WriteStartObject(SafetensorsHeader.MetadataName);
            foreach ((string key, string value) in metadata) json.WriteString(key, value);
            json.WriteEndObject();
        }

        long offset = 0;
        foreach (ParameterInfo tensor in tensors)
        {
            json.WriteStartObject(tensor.Name);
            json.WriteString("dtype", SafetensorsFile.Singles);
            json.WriteStartArray("shape");
            foreach (int length in tensor.Shape) json.WriteNumberValue(length);
            json.WriteEndArray();
            json.WriteStartArray("data_offsets");
            json.WriteNumberValue(offset);
            offset += (long)tensor.Count * sizeof(float);
            json.WriteNumberValue(offset);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }
}
