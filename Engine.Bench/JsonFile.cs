using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Bench;

/// <summary>Figures as a file, all commands in one style: names in snake case, what is not known left out.</summary>
internal static class JsonFile
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static void Write<T>(string file, T figures)
    {
        using FileStream stream = File.Create(file);
        JsonSerializer.Serialize(stream, figures, Options);
    }
}
