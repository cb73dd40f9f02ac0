using System.Globalization;
using System.Runtime.InteropServices;
using Engine.Bench.Compare;
using Engine.Threads;

namespace Engine.Bench.Scaling;

/// <summary>One line of the table; times in µs per call, the medians of interleaved rounds.</summary>
internal sealed record ScalingRow(string Case, bool SameBits, Sample OneFree, Sample SharedFree, Sample? OneBusy, Sample? SharedBusy)
{
    public double FreeRatio => OneFree.Median / SharedFree.Median;

    public double? BusyRatio => OneBusy?.Median / SharedBusy?.Median;
}

/// <summary>Case after case: one thread and several take turns, on free cores and then beside other work.</summary>
internal sealed class ScalingMeasurement(ScalingOptions options, TextWriter output)
{
    private const int NameWidth = 24;
    private const int Width = 11;
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(1.5);

    // Rounds longer than the system's time slices, so that every round has its share of them.
    private static readonly Rounds Thorough = new(0.02, 31);
    private static readonly Rounds Quick = new(0.01, 7);

    public IReadOnlyList<ScalingRow> Run()
    {
        int? busyCore = Machine.Cores.Count > 1 ? Machine.Cores[0] : null;
        output.WriteLine($"{Machine.ProcessorName} · {RuntimeInformation.FrameworkDescription} · {Machine.Cores.Count} cores, not pinned");
        output.WriteLine(
            Handover.Nanoseconds is > 0 and double time
                ? string.Create(CultureInfo.InvariantCulture, $"a job is with another core and back in {time:0} ns")
                : "how long handing over takes is not known: no other core answered");
        output.WriteLine(busyCore is { } core ? $"busy: other work never leaves core {core}" : "busy: not measured, there is one core or the system does not tell");
        output.WriteLine();
        string[] columns = ["1 thread", $"{options.Threads} threads", "ratio", "1, busy", $"{options.Threads}, busy", "ratio"];
        output.WriteLine("µs per call".PadRight(NameWidth) + string.Concat(columns.Select(column => column.PadLeft(Width))));

        var rows = new List<ScalingRow>();
        foreach (Cell cell in options.Cells)
        {
            foreach (ScalingCase sizes in ScalingCase.All(cell))
            {
                ScalingRow row = Measure(sizes, busyCore);
                rows.Add(row);
                Write(row);
            }
        }

        output.WriteLine();
        output.WriteLine("ratio: 1 thread / several; above 1, sharing is faster · !: other bits than one thread's");
        return rows;
    }

    private ScalingRow Measure(ScalingCase sizes, int? busyCore)
    {
        using ScalingRunner one = new(sizes, 1), shared = new(sizes, options.Threads);
        bool same = MemoryMarshal.Cast<float, int>(one.Result()).SequenceEqual(MemoryMarshal.Cast<float, int>(shared.Result()));
        Rounds rounds = options.Quick ? Quick : Thorough;
        Sample[] free = rounds.Measure([one, shared], Budget);
        if (busyCore is not { } core) return new(sizes.Name, same, free[0], free[1], null, null);

        using var busy = new BusyThread(core);
        Sample[] beside = rounds.Measure([one, shared], Budget);
        return new(sizes.Name, same, free[0], free[1], beside[0], beside[1]);
    }

    private void Write(ScalingRow row)
    {
        string[] cells =
        [
            Number(row.OneFree.Median), Number(row.SharedFree.Median), Ratio(row.FreeRatio), Number(row.OneBusy?.Median), Number(row.SharedBusy?.Median),
            Ratio(row.BusyRatio),
        ];
        output.WriteLine((row.Case + (row.SameBits ? "" : "!")).PadRight(NameWidth) + string.Concat(cells.Select(cell => cell.PadLeft(Width))));
    }

    private static string Number(double? value) =>
        value is not { } number ? "–" : number.ToString(number < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);

    private static string Ratio(double? value) => value is { } ratio ? ratio.ToString("0.00", CultureInfo.InvariantCulture) + "×" : "–";
}
