using System.Diagnostics;
using System.Runtime.InteropServices;
using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>What every comparison does: prepare the machine, measure case after case, report.</summary>
internal abstract class Comparison<TCase, TPeer>(CompareOptions options, TextWriter output)
    where TCase : Case
    where TPeer : IPeer
{
    private static readonly TimeSpan QuickTime = TimeSpan.FromSeconds(42);
    private static readonly TimeSpan ThoroughTimePerCase = TimeSpan.FromSeconds(5);

    private readonly long _start = Stopwatch.GetTimestamp();

    protected CompareOptions Options => options;

    protected TextWriter Output => output;

    protected abstract IReadOnlyList<TCase> Cases { get; }

    /// <summary>What a reader must know of the table beyond what every table has.</summary>
    protected abstract IReadOnlyList<string> Legend { get; }

    public int Run()
    {
        Machine.SetNativeVariable("OMP_NUM_THREADS", "1");
        WarmUp.Run(WarmUpRunners());
        int? core = options.Pin ? Machine.Pin() : null;
        var limits = MachineLimits.Measure();
        List<TPeer> engines = MakeEngines();
        try
        {
            WriteHeader(limits, core, engines);
            engines.RemoveAll(engine => engine.Missing is not null);
            List<ResultRow> rows = MeasureAll(engines, limits);
            IReadOnlyList<MemoryRow>? memory = MeasureMemory();

            if (options.JsonFile is { } json) JsonReport.Write(json, limits, engines.ToDictionary(e => e.Name, e => e.Description), rows, memory);
            if (options.SvgFile is { } svg) SvgChart.Write(svg, [.. rows.Where(Charted)], [.. engines.Select(e => e.Name)]);
            return rows.TrueForAll(row => row.Agrees) ? 0 : 1;
        }
        finally
        {
            foreach (TPeer engine in engines) engine.Dispose();
        }
    }

    /// <summary>All engines, installed or not; ours first.</summary>
    protected abstract List<TPeer> MakeEngines();

    /// <summary>A small case of every kind that is going to be measured, for every engine written in C#.</summary>
    protected abstract List<Runner> WarmUpRunners();

    /// <summary>Whether the engine takes the case.</summary>
    protected abstract bool Takes(TPeer engine, TCase sizes);

    /// <summary>Checks the engines that take the case against the first one, then times them.</summary>
    protected abstract List<ResultRow> Measure(TCase sizes, List<TPeer> engines, Func<IReadOnlyList<Runner>, Sample[]> time, MachineLimits limits);

    /// <summary>Whether the table gives every engine's ratio to ours, rather than ours to the best of the others.</summary>
    protected virtual bool Speedups => false;

    /// <summary>Whether the chart shows the row.</summary>
    protected virtual bool Charted(ResultRow row) => true;

    /// <summary>Measures and writes what else there is to say about memory; null if it was not asked for.</summary>
    protected virtual IReadOnlyList<MemoryRow>? MeasureMemory() => null;

    private void WriteHeader(MachineLimits limits, int? core, List<TPeer> engines)
    {
        string where = core is { } number ? $"pinned to core {number}" : "not pinned";
        output.WriteLine($"{Machine.ProcessorName} · {RuntimeInformation.FrameworkDescription} · one thread each, {where}");
        output.WriteLine(
            $"one core, measured now: {limits.PeakFlops / 1e9:0} GFLOP/s; reads "
            + $"L1 {limits.L1 / 1e9:0}, L2 {limits.L2 / 1e9:0}, L3 {limits.L3 / 1e9:0}, DRAM {limits.Memory / 1e9:0} GB/s");
        foreach (TPeer engine in engines)
            output.WriteLine($"  {engine.Name,-9}{(engine.Missing is { } line ? $"not installed: {line}" : engine.Description)}");
    }

    private List<ResultRow> MeasureAll(List<TPeer> engines, MachineLimits limits)
    {
        IReadOnlyList<TCase> cases = Cases;
        Rounds rounds = options.Quick ? Rounds.Quick : Rounds.Thorough;
        var table = new ConsoleTable(output, [.. engines.Select(e => e.Name)], Speedups);
        var rows = new List<ResultRow>();
        for (int i = 0; i < cases.Count; i++)
        {
            TCase sizes = cases[i];
            List<TPeer> taking = engines.FindAll(engine => Takes(engine, sizes));
            long start = Stopwatch.GetTimestamp();
            TimeSpan budget = options.Quick ? (QuickTime - Stopwatch.GetElapsedTime(_start)) / (cases.Count - i) : ThoroughTimePerCase;
            List<ResultRow> measured = Measure(sizes, taking, runners => rounds.Measure(runners, budget - Stopwatch.GetElapsedTime(start)), limits);
            table.Write(sizes, measured);
            rows.AddRange(measured);
        }

        table.WriteLegend(Legend);
        return rows;
    }
}
