using System.Globalization;
using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>What the system holds in memory for a process that does nothing but train one model, at its peak.</summary>
internal static class PeakMemory
{
    /// <summary>The subcommand of the process that <see cref="Measure"/> starts for Engine.</summary>
    public const string Command = "train-once";

    private const int Steps = 20;
    private const double KibPerMib = 1024;

    /// <summary>Trains the same model in a fresh process each; null where the system does not tell.</summary>
    public static IReadOnlyList<MemoryRow>? Measure(TextWriter output)
    {
        if (!OperatingSystem.IsLinux()) return null;

        List<MemoryRow> rows = [OfEngine()];
        using (var peer = new PyTorchPeer())
        {
            if (peer.Missing is null) rows.Add(OfPyTorch(peer));
        }

        output.WriteLine();
        output.WriteLine($"peak resident memory, {Steps} steps: {TrainingCaseList.Memory}");
        foreach (MemoryRow row in rows)
            output.WriteLine($"  {row.Engine,-9}{row.PeakMib,6:0} MiB, of which {row.StartMib:0} before the model was made");
        return rows;
    }

    /// <summary>The process of Engine: trains and writes both peaks.</summary>
    public static int TrainOnce()
    {
        long start = Read();
        using var runner = new EngineTrainingRunner(new TrainingData(TrainingCaseList.Memory));
        runner.Measure(Steps);
        Console.WriteLine($"{start} {Read()}");
        return 0;
    }

    private static MemoryRow OfEngine()
    {
        string[] numbers = OwnProcess.Run(Command).Split();
        return Row("Engine", Number(numbers[0]), Number(numbers[1]));
    }

    private static MemoryRow OfPyTorch(PyTorchPeer peer)
    {
        long start = PyTorchTrainingRunner.PeakMemory(peer);
        using var runner = new PyTorchTrainingRunner(peer, new TrainingData(TrainingCaseList.Memory));
        runner.Measure(Steps);
        return Row(peer.Name, start, PyTorchTrainingRunner.PeakMemory(peer));
    }

    private static MemoryRow Row(string engine, long start, long peak) =>
        new(engine, TrainingCaseList.Memory.ToString(), start / KibPerMib, peak / KibPerMib);

    private static long Read() =>
        Number(File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM", StringComparison.Ordinal)).Split()[^2]);

    private static long Number(string text) => long.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
