using System.Diagnostics;
using System.Runtime.InteropServices;
using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary><c>compare</c>: the same cases for Engine and each peer, outputs checked first, then timed in interleaved rounds.</summary>
internal sealed class CompareCommand
{
    private static readonly TimeSpan QuickTime = TimeSpan.FromSeconds(42);
    private static readonly TimeSpan ThoroughTimePerCase = TimeSpan.FromSeconds(5);

    private readonly CompareOptions _options;
    private readonly TextWriter _output;
    private readonly long _start = Stopwatch.GetTimestamp();

    private CompareCommand(CompareOptions options, TextWriter output)
    {
        _options = options;
        _output = output;
    }

    public static int Run(ReadOnlySpan<string> args)
    {
        CompareOptions options;
        try
        {
            options = CompareOptions.Parse(args);
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine(error.Message);
            return 2;
        }

        if (options.WantsHelp)
        {
            Console.WriteLine(CompareOptions.Help);
            return 0;
        }

        return new CompareCommand(options, Console.Out).Run();
    }

    private int Run()
    {
        Machine.SetNativeVariable("OMP_NUM_THREADS", "1");
        WarmUp.Run(CaseList.For(_options));
        int? core = _options.Pin ? Machine.Pin() : null;
        var limits = MachineLimits.Measure();
        List<IPeer> engines = [new EnginePeer(), new NaivePeer(), new TensorsPeer(), new OneDnnPeer(), new OnnxRuntimePeer(), new PyTorchPeer()];
        try
        {
            WriteHeader(limits, core, engines);
            engines.RemoveAll(engine => engine.Missing is not null);
            List<ResultRow> rows = MeasureAll(engines, limits);

            if (_options.JsonFile is { } json) JsonReport.Write(json, limits, engines.ToDictionary(e => e.Name, e => e.Description), rows);
            if (_options.SvgFile is { } svg) SvgChart.Write(svg, rows, [.. engines.Select(e => e.Name)]);
            return rows.TrueForAll(row => row.Agrees) ? 0 : 1;
        }
        finally
        {
            foreach (IPeer engine in engines) engine.Dispose();
        }
    }

    private void WriteHeader(MachineLimits limits, int? core, List<IPeer> engines)
    {
        string where = core is { } number ? $"pinned to core {number}" : "not pinned";
        _output.WriteLine($"{Machine.ProcessorName} · {RuntimeInformation.FrameworkDescription} · one thread each, {where}");
        _output.WriteLine(
            $"one core, measured now: {limits.PeakFlops / 1e9:0} GFLOP/s; reads "
            + $"L1 {limits.L1 / 1e9:0}, L2 {limits.L2 / 1e9:0}, L3 {limits.L3 / 1e9:0}, DRAM {limits.Memory / 1e9:0} GB/s");
        foreach (IPeer engine in engines)
            _output.WriteLine($"  {engine.Name,-9}{(engine.Missing is { } line ? $"not installed: {line}" : engine.Description)}");
    }

    private List<ResultRow> MeasureAll(List<IPeer> engines, MachineLimits limits)
    {
        IReadOnlyList<Case> cases = CaseList.For(_options);
        Rounds rounds = _options.Quick ? Rounds.Quick : Rounds.Thorough;
        var table = new ConsoleTable(_output, [.. engines.Select(e => e.Name)]);
        var rows = new List<ResultRow>();
        for (int i = 0; i < cases.Count; i++)
        {
            TimeSpan budget = _options.Quick ? (QuickTime - Stopwatch.GetElapsedTime(_start)) / (cases.Count - i) : ThoroughTimePerCase;
            List<ResultRow> measured = MeasureOne(cases[i], engines, rounds, budget, limits);
            table.Write(cases[i], measured);
            rows.AddRange(measured);
        }

        table.WriteLegend();
        return rows;
    }

    private static List<ResultRow> MeasureOne(Case sizes, List<IPeer> engines, Rounds rounds, TimeSpan budget, MachineLimits limits)
    {
        long start = Stopwatch.GetTimestamp();
        var data = new CaseData(sizes);
        List<IPeer> taking = engines.FindAll(engine => engine.CanRun(sizes));
        var runners = new List<Runner>();
        try
        {
            foreach (IPeer engine in taking) runners.Add(engine.Prepare(data));
            float[] ours = Agreement.Outputs(runners[0], data);
            bool[] agree = [.. runners.Select(runner => Agreement.Holds(ours, Agreement.Outputs(runner, data)))];
            Sample[] times = rounds.Measure(runners, budget - Stopwatch.GetElapsedTime(start));
            return [.. taking.Select((engine, i) => ResultRow.Of(sizes, engine.Name, times[i], agree[i], limits))];
        }
        finally
        {
            foreach (Runner runner in runners) runner.Dispose();
        }
    }
}
