using System.Text.Json;
using Engine.Bench.Compare;

namespace Engine.Bench.Latency;

/// <summary><c>latency</c>: the tail of single steps, alone and beside a thread that allocates.</summary>
internal static class LatencyCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static int Run(ReadOnlySpan<string> args)
    {
        LatencyOptions options;
        try
        {
            options = LatencyOptions.Parse(args);
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine(error.Message);
            return 2;
        }

        if (options.WantsHelp)
        {
            Console.WriteLine(LatencyOptions.Help);
            return 0;
        }

        Machine.SetNativeVariable("OMP_NUM_THREADS", "1");
        var measurement = new LatencyMeasurement(options, Console.Out);
        IReadOnlyList<LatencyRow> rows = measurement.Run();
        if (options.JsonFile is { } file)
        {
            using FileStream stream = File.Create(file);
            JsonSerializer.Serialize(stream, new { Processor = Machine.ProcessorName, options.Steps, Rows = rows }, Json);
        }

        return rows.All(row => row.Agrees) ? 0 : 1;
    }
}
