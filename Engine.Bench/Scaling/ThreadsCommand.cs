using System.Text.Json;
using Engine.Bench.Compare;

namespace Engine.Bench.Scaling;

/// <summary><c>threads</c>: what a second thread, or more, is worth, and what it costs where its core is busy.</summary>
internal static class ThreadsCommand
{
    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    public static int Run(ReadOnlySpan<string> args)
    {
        ScalingOptions options;
        try
        {
            options = ScalingOptions.Parse(args);
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine(error.Message);
            return 2;
        }

        if (options.WantsHelp)
        {
            Console.WriteLine(ScalingOptions.Help);
            return 0;
        }

        IReadOnlyList<ScalingRow> rows = new ScalingMeasurement(options, Console.Out).Run();
        if (options.JsonFile is { } file)
        {
            using FileStream stream = File.Create(file);
            JsonSerializer.Serialize(stream, new { Processor = Machine.ProcessorName, options.Threads, Rows = rows }, Json);
        }

        return rows.All(row => row.SameBits) ? 0 : 1;
    }
}
