namespace Engine.Bench.Compare;

/// <summary>The figures as a file: the machine, its limits, the engines, and a row per case and engine.</summary>
internal static class JsonReport
{
    public static void Write(
        string file, MachineLimits limits, IReadOnlyDictionary<string, string> engines, IReadOnlyList<ResultRow> rows,
        IReadOnlyList<MemoryRow>? memory)
    {
        JsonFile.Write(
            file,
            new
            {
                Processor = Machine.ProcessorName,
                Runtime = System.Runtime.InteropServices.RuntimeInformation.FrameworkDescription,
                Limits = limits,
                Engines = engines,
                Rows = rows,
                Memory = memory,
            });
    }
}
