using Engine.Bench.Compare;
using Engine.Threads;

namespace Engine.Bench.Scaling;

/// <summary><c>threads</c>: what a second thread, or more, is worth, and what it costs where its core is busy.</summary>
internal static class ThreadsCommand
{
    public static int Run(ReadOnlySpan<string> args) => CommandLine.Run<ScalingOptions>(args, Run);

    private static int Run(ScalingOptions options)
    {
        IReadOnlyList<ScalingRow> rows = new ScalingMeasurement(options, Console.Out).Run();
        if (options.JsonFile is { } file) JsonFile.Write(file, new { Processor = Machine.ProcessorName, options.Threads, HandoverNanoseconds = Handover.Nanoseconds, Rows = rows });

        return rows.All(row => row.SameBits) ? 0 : 1;
    }
}
