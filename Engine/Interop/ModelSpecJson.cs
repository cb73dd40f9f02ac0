using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Engine.Interop;

/// <summary>
/// A description as JSON, such as
/// <c>{"input":{"features":3},"layers":[{"lstm":{"hidden":64}},{"linear":{"outputs":1,"lastStepOnly":false}}]}</c>.
/// Read strictly: every property known, and none missing.
/// </summary>
internal static class ModelSpecJson
{
    /// <summary>Most layers a description in a file may have: far beyond any use, and quick to refuse.</summary>
    public const int MostLayers = 4096;

    private const int DeepestNesting = 8;

    /// <exception cref="InvalidOperationException">The description has too many layers.</exception>
    public static string Write(ModelSpec spec)
    {
        if (spec.Layers.Count > MostLayers)
            throw new InvalidOperationException($"the model has {spec.Layers.Count} layers; a file holds at most {MostLayers}.");

        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteStartObject(spec.TakesTokens ? "tokens" : "input");
            json.WriteNumber(spec.TakesTokens ? "vocabulary" : "features", spec.FirstLayerInput);
            json.WriteEndObject();
            json.WriteStartArray("layers");
            foreach (LayerSpec layer in spec.Layers) Write(json, layer);
            json.WriteEndArray();
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }

    /// <exception cref="FormatException">The text is no description; the message says why.</exception>
    public static ModelSpec Read(string text)
    {
        try
        {
            var options = new JsonDocumentOptions { MaxDepth = DeepestNesting, AllowDuplicateProperties = false };
            using JsonDocument document = JsonDocument.Parse(text, options);
            return Read(new JsonFields(document.RootElement, "the description"));
        }
        catch (ArgumentException exception)
        {
            // What a description of layers that cannot stand together, or of bad sizes, is refused with. The first line says it all.
            throw new FormatException(exception.Message.Split(" (Parameter", 2)[0], exception);
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw new FormatException($"the description is not the JSON expected: {exception.Message}", exception);
        }
    }

    private static void Write(Utf8JsonWriter json, LayerSpec layer)
    {
        LayerKind kind = LayerKind.All.Single(kind => kind.Type == layer.GetType());
        json.WriteStartObject();
        json.WriteStartObject(kind.Name);
        kind.Write(json, layer);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static ModelSpec Read(JsonFields fields)
    {
        ModelSpec spec = ReadInput(fields);
        JsonElement layers = fields.Take("layers");
        fields.End();
        if (layers.ValueKind != JsonValueKind.Array) throw new FormatException("\"layers\" is no array");
        int count = layers.GetArrayLength();
        if (count is 0 or > MostLayers) throw new FormatException($"the description has {count} layers; expected 1 to {MostLayers}");

        int index = 0;
        foreach (JsonElement layer in layers.EnumerateArray()) spec = spec.Add(ReadLayer(layer, $"layer {index++}"));
        return spec;
    }

    private static ModelSpec ReadInput(JsonFields fields)
    {
        bool tokens = fields.Has("tokens");
        JsonFields input = fields.Object(tokens ? "tokens" : "input");
        int size = input.Int(tokens ? "vocabulary" : "features");
        input.End();
        return tokens ? ModelSpec.Tokens(size) : ModelSpec.Input(size);
    }

    private static LayerSpec ReadLayer(JsonElement element, string where)
    {
        var layer = new JsonFields(element, where);
        if (layer.Left.Count != 1)
            throw new FormatException($"{where} has the properties {Quoted.List(layer.Left)}; expected one, its kind");

        string name = layer.Left.First();
        LayerKind kind = LayerKind.All.FirstOrDefault(kind => kind.Name == name) ?? throw new FormatException(
            $"{where} is of the unknown kind {Quoted.Text(name)}; expected {string.Join(", ", LayerKind.All.Select(kind => kind.Name))}");
        JsonFields fields = new(layer.Take(name), $"{where} ({name})");
        LayerSpec spec = kind.Read(fields);
        fields.End();
        return spec;
    }
}
