using System.Text.Json;
using System.Text.Json.Serialization;

namespace Engine.Bench.Compare;

/// <summary>The figures as a file: the machine, its limits, the engines, and a row per case and engine.</summary>
internal static class JsonReport
{
    private static readonly JsonSerializerOptions Options = new()
    {
        WriteIndented = true,
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    };

    public static void Write(
        string file, MachineLimits limits, IReadOnlyDictionary<string, string> engines, IReadOnlyList<ResultRow> rows,
        IReadOnlyList<MemoryRow>? memory)
    {
        using FileStream stream = File.Create(file);
        JsonSerializer.Serialize(
            stream,
            new
            {
                Processor = Machine.ProcessorName,
                Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
                Limits = limits,
                Engines = engines,
                Rows = rows,
                Memory = memory,
            },
            Options);
    }
}
