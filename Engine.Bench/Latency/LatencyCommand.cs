using Engine.Bench.Compare;

namespace Engine.Bench.Latency;

/// <summary><c>latency</c>: the tail of single steps, alone and beside a thread that allocates.</summary>
internal static class LatencyCommand
{
    public static int Run(ReadOnlySpan<string> args) => CommandLine.Run<LatencyOptions>(args, Run);

    private static int Run(LatencyOptions options)
    {
        Machine.SetNativeVariable("OMP_NUM_THREADS", "1");
        var measurement = new LatencyMeasurement(options, Console.Out);
        IReadOnlyList<LatencyRow> rows = measurement.Run();
        if (options.JsonFile is { } file) JsonFile.Write(file, new { Processor = Machine.ProcessorName, options.Steps, Rows = rows });

        return rows.All(row => row.Agrees) ? 0 : 1;
    }
}
