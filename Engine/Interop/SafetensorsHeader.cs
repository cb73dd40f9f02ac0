using System.Text.Json;
using System.Text.Unicode;

namespace Engine.Interop;

/// <summary>
/// The header of a safetensors file, read strictly: every name once, every property known, and the tensors cover the data section
/// exactly, without gap or overlap.
/// </summary>
internal sealed class SafetensorsHeader
{
    public const string MetadataName = "__metadata__";

    /// <summary>Longest header in bytes, the reference implementation's limit.</summary>
    public const int LargestLength = 100_000_000;

    // {"name":{"shape":[1]}} is three deep.
    private const int DeepestNesting = 4;

    // A list of numbers takes 12 times the memory that its text takes, so a header of nothing else must not be read to its end.
    private const int MostDimensions = 64;

    private readonly string _path;

    private SafetensorsHeader(string path)
    {
        _path = path;
    }

    public OrderedDictionary<string, string> Metadata { get; } = [];

    public OrderedDictionary<string, TensorEntry> Tensors { get; } = [];

    /// <summary>Parses and checks a header.</summary>
    /// <param name="path">The file, for messages.</param>
    /// <param name="json">The header's bytes, padding included.</param>
    /// <param name="dataLength">Bytes that follow the header.</param>
    public static SafetensorsHeader Parse(string path, ReadOnlySpan<byte> json, long dataLength)
    {
        var header = new SafetensorsHeader(path);
        if (!Utf8.IsValid(json)) throw header.Broken("the header is not UTF-8");
        if (json.IsEmpty || json[0] != '{') throw header.Broken("the header is not JSON; expected it to begin with {");

        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = DeepestNesting });
            header.ReadAll(ref reader);
        }
        catch (JsonException exception)
        {
            throw header.Broken($"the header is not the JSON expected: {exception.Message}", exception);
        }
        catch (InvalidOperationException exception)
        {
            // The reader's answer to an escaped half of a surrogate pair.
            throw header.Broken($"the header holds text that is not Unicode: {exception.Message}", exception);
        }

        header.CheckOffsets(dataLength);
        return header;
    }

    private void ReadAll(ref Utf8JsonReader reader)
    {
        reader.Read();
        bool metadataSeen = false;
        while (ReadName(ref reader) is { } name)
        {
            if (name != MetadataName)
            {
                if (Tensors.ContainsKey(name)) throw Broken($"tensor {Quoted.Text(name)} comes twice");
                Tensors.Add(name, ReadTensor(ref reader, name));
                continue;
            }

            if (metadataSeen) throw Broken($"{MetadataName} comes twice");
            metadataSeen = true;
            ReadMetadata(ref reader);
        }

        // Throws unless only padding follows.
        reader.Read();
    }

    private void ReadMetadata(ref Utf8JsonReader reader)
    {
        Expect(ref reader, JsonTokenType.StartObject, MetadataName);
        while (ReadName(ref reader) is { } key)
        {
            string where = $"{MetadataName} {Quoted.Text(key)}";
            Expect(ref reader, JsonTokenType.String, where);
            if (!Metadata.TryAdd(key, reader.GetString()!)) throw Broken($"{where} comes twice");
        }
    }

    private TensorEntry ReadTensor(ref Utf8JsonReader reader, string name)
    {
        string where = $"tensor {Quoted.Text(name)}";
        string? dtype = null;
        List<long>? shape = null;
        List<long>? offsets = null;
        Expect(ref reader, JsonTokenType.StartObject, where);
        while (ReadName(ref reader) is { } property)
        {
            bool first;
            switch (property)
            {
                case "dtype":
                    Expect(ref reader, JsonTokenType.String, $"{where}: dtype");
                    first = dtype is null;
                    dtype = reader.GetString()!;
                    break;
                case "shape":
                    first = shape is null;
                    shape = ReadNumbers(ref reader, $"{where}: shape");
                    break;
                case "data_offsets":
                    first = offsets is null;
                    offsets = ReadNumbers(ref reader, $"{where}: data_offsets");
                    break;
                default:
                    throw Broken($"{where} has the property {Quoted.Text(property)}; expected dtype, shape and data_offsets");
            }

            if (!first) throw Broken($"{where}: {property} comes twice");
        }

        if (dtype is null) throw Broken($"{where} has no dtype");
        if (shape is null) throw Broken($"{where} has no shape");
        if (offsets is null) throw Broken($"{where} has no data_offsets");
        return CheckTensor(name, where, dtype, shape, offsets);
    }

    private TensorEntry CheckTensor(string name, string where, string dtype, List<long> shape, List<long> offsets)
    {
        int size = TensorEntry.SizeOf(dtype);
        if (size == 0) throw Broken($"{where} has the unknown dtype {Quoted.Text(dtype)}");
        if (offsets.Count != 2) throw Broken($"{where}: data_offsets has {offsets.Count} numbers; expected 2");
        if (offsets[1] < offsets[0]) throw Broken($"{where}: data_offsets [{offsets[0]}, {offsets[1]}] end before they begin");

        long count = 1;
        foreach (long length in shape)
        {
            if (length > int.MaxValue) throw Broken($"{where}: shape has the size {length}; expected at most {int.MaxValue}");
            if (Math.BigMul(count, length, out long product) != 0 || product < 0 || product > long.MaxValue / size)
                throw Broken($"{where}: the product of its shape overflows");
            count = product;
        }

        int[] sizes = [.. shape.Select(length => (int)length)];
        long bytes = offsets[1] - offsets[0];
        if (bytes != count * size)
        {
            throw Broken(
                $"{where}: data_offsets [{offsets[0]}, {offsets[1]}] hold {bytes} bytes; "
                + $"expected {count * size} for {dtype} {Quoted.Shape(sizes)}");
        }

        return new(name, dtype, sizes, count, offsets[0], offsets[1]);
    }

    private void CheckOffsets(long dataLength)
    {
        long end = 0;
        TensorEntry? last = null;
        foreach (TensorEntry tensor in Tensors.Values.OrderBy(t => t.Begin).ThenBy(t => t.End))
        {
            string where = $"tensor {Quoted.Text(tensor.Name)}";
            if (tensor.End > dataLength)
            {
                throw Broken(
                    $"{where} ends at byte {tensor.End} of the data, which has {dataLength}: the file is truncated or the offset is wrong");
            }

            if (tensor.Begin < end)
            {
                throw Broken(
                    $"{where} begins at byte {tensor.Begin} of the data; it overlaps {Quoted.Text(last!.Name)}, which ends at {end}");
            }

            if (tensor.Begin > end)
                throw Broken($"{where} begins at byte {tensor.Begin} of the data; expected {end}: the gap belongs to no tensor");

            end = tensor.End;
            last = tensor;
        }

        if (end != dataLength) throw Broken($"the data has {dataLength} bytes; its tensors cover only {end}");
    }

    private static string? ReadName(ref Utf8JsonReader reader)
    {
        reader.Read();
        return reader.TokenType == JsonTokenType.PropertyName ? reader.GetString() : null;
    }

    private List<long> ReadNumbers(ref Utf8JsonReader reader, string where)
    {
        var numbers = new List<long>();
        Expect(ref reader, JsonTokenType.StartArray, where);
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out long number) || number < 0)
                throw Broken($"{where} holds something else than whole numbers from 0 to {long.MaxValue}");
            if (numbers.Count == MostDimensions) throw Broken($"{where} holds more than {MostDimensions} numbers");
            numbers.Add(number);
        }

        return numbers;
    }

    private void Expect(ref Utf8JsonReader reader, JsonTokenType expected, string where)
    {
        reader.Read();
        if (reader.TokenType != expected)
            throw Broken($"{where} is a JSON {Word(reader.TokenType)}; expected {Word(expected)}");
    }

    private static string Word(JsonTokenType token) => token switch
    {
        JsonTokenType.StartObject => "object",
        JsonTokenType.StartArray => "array",
        JsonTokenType.String => "string",
        JsonTokenType.Number => "number",
        JsonTokenType.True or JsonTokenType.False => "boolean",
        _ => "null",
    };

    private InvalidDataException Broken(string what, Exception? inner = null) => new($"{_path}: {what}.", inner);
}
