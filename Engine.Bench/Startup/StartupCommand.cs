using System.Globalization;
using Engine.Bench.Compare;

namespace Engine.Bench.Startup;

/// <summary><c>startup</c>: what loading, warming up and the first steps cost in a fresh process. Medians of several processes.</summary>
internal static class StartupCommand
{
    private const int Runs = 9;
    private const int Column = 11;

    private static readonly int[] Sizes = [64, 256];
    private static readonly string[] Headings = ["load", "state", "warm-up", "1st call", "2nd call", "100th call", "steady"];

    /// <param name="args">None, or a number of processes.</param>
    public static int Run(ReadOnlySpan<string> args)
    {
        Span<int> numbers = [Runs];
        if (PositionalNumbers.Read(args, "Usage: Engine.Bench startup [processes, 9]", numbers) is { } exitCode) return exitCode;
        int runs = numbers[0];
        int? core = Machine.Pin();
        Console.WriteLine($"{Machine.ProcessorName} · {(core is { } number ? $"pinned to core {number}" : "not pinned")}");
        Console.WriteLine($"LSTM, I=H, one stream; medians of {runs} fresh processes each, from the start of Main on; µs");
        Console.WriteLine(new string(' ', Column * 2) + string.Concat(Headings.Select(heading => heading.PadLeft(Column))));
        foreach (int hidden in Sizes)
        {
            string file = Path.GetTempFileName();
            try
            {
                using (SequenceModel model = Workload.Model(Workload.Spec(Cell.Lstm, hidden, hidden))) model.Save(file);
                foreach (bool warmUp in (bool[])[false, true]) Write(hidden, warmUp, Measure(file, warmUp, runs));
            }
            finally
            {
                File.Delete(file);
            }
        }

        return 0;
    }

    // One column after the other: the medians over all processes.
    private static double[] Measure(string file, bool warmUp, int runs)
    {
        double[][] processes =
        [
            .. Enumerable.Range(0, runs).Select(_ => OwnProcess.Run(FirstCalls.Command, file, warmUp.ToString())).Select(Parse),
        ];
        return [.. Headings.Select((_, column) => Median([.. processes.Select(process => process[column])]))];
    }

    private static double[] Parse(string answer) => [.. answer.Split().Where(word => word.Length > 0).Select(word => double.Parse(word, CultureInfo.InvariantCulture))];

    private static double Median(double[] values)
    {
        Array.Sort(values);
        return values[values.Length / 2];
    }

    private static void Write(int hidden, bool warmUp, double[] medians)
    {
        string name = $"H={hidden} {(warmUp ? "Warmup" : "cold")}".PadRight(Column * 2);
        Console.WriteLine(name + string.Concat(medians.Select(value => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture).PadLeft(Column))));
    }
}
