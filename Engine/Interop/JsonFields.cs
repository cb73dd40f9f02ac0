using System.Text.Json;

namespace Engine.Interop;

/// <summary>The properties of one JSON object: each is asked for, and none may be left over.</summary>
internal sealed class JsonFields
{
    private readonly string _where;
    private readonly Dictionary<string, JsonElement> _left = [];

    /// <param name="element">The object.</param>
    /// <param name="where">What it is, for messages.</param>
    /// <exception cref="FormatException">It is no object.</exception>
    public JsonFields(JsonElement element, string where)
    {
        _where = where;
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException($"{where} is {Quoted.Text(element.GetRawText())}; expected an object");
        foreach (JsonProperty property in element.EnumerateObject()) _left.Add(property.Name, property.Value);
    }

    /// <summary>The names not asked for yet.</summary>
    public IReadOnlyCollection<string> Left => _left.Keys;

    public bool Has(string name) => _left.ContainsKey(name);

    public JsonElement Take(string name) =>
        _left.Remove(name, out JsonElement value) ? value : throw new FormatException($"{_where} has no \"{name}\"");

    public JsonFields Object(string name) => new(Take(name), name);

    public int Int(string name)
    {
        JsonElement value = Take(name);
        return value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out int number)
            ? number
            : throw Wrong(name, value, "a whole number");
    }

    public bool Bool(string name)
    {
        JsonElement value = Take(name);
        return value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? value.GetBoolean()
            : throw Wrong(name, value, "true or false");
    }

    public T Word<T>(string name)
        where T : struct, Enum
    {
        JsonElement value = Take(name);
        foreach (T candidate in Enum.GetValues<T>())
        {
            if (value.ValueKind == JsonValueKind.String && value.ValueEquals(WordFor(candidate))) return candidate;
        }

        throw Wrong(name, value, string.Join(" or ", Enum.GetValues<T>().Select(candidate => $"\"{WordFor(candidate)}\"")));
    }

    /// <summary>How an enum's value is written: in lower case.</summary>
    public static string WordFor<T>(T value)
        where T : struct, Enum => value.ToString().ToLowerInvariant();

    /// <summary>Throws if a property was not asked for.</summary>
    public void End()
    {
        if (_left.Count > 0) throw new FormatException($"{_where} has the unknown property {Quoted.List(Left)}");
    }

    private FormatException Wrong(string name, JsonElement value, string expected) =>
        new($"{_where}: \"{name}\" is {Quoted.Text(value.GetRawText())}; expected {expected}");
}
