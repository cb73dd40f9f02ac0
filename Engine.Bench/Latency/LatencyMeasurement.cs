using System.Globalization;
using System.Runtime.InteropServices;
using Engine.Bench.Compare;
using Engine.Bench.Peers;

namespace Engine.Bench.Latency;

/// <summary>One line of the table: an engine's steps, or nothing at all, in µs. Beside which allocations, if any.</summary>
internal sealed record LatencyRow(string Case, string Engine, bool Agrees, Percentiles Microseconds, AllocationReport? Allocations);

/// <summary>Case after case: every engine alone, then every engine beside the allocating thread.</summary>
internal sealed class LatencyMeasurement(LatencyOptions options, TextWriter output)
{
    private const string Nothing = "(nothing)";
    private const int NameWidth = 12;
    private const int Width = 11;

    private readonly List<LatencyRow> _rows = [];
    private readonly StepTimes _times = new(options.Steps);

    public IReadOnlyList<LatencyRow> Run()
    {
        IPeer[] engines = [new EnginePeer(), new EnginePeer(new InferenceOptions(), prepares: true), new OnnxRuntimePeer(), new OneDnnPeer()];
        try
        {
            int? core = Machine.Pin();
            int? other = Machine.Cores.Count > 1 ? Machine.Cores[^2] : null;
            string where = core is { } number ? $"pinned to core {number}" : "not pinned";
            output.WriteLine($"{Machine.ProcessorName} · {RuntimeInformation.FrameworkDescription} · {options.Steps} steps a row, one stream, {where}");
            foreach (IPeer engine in engines)
                output.WriteLine($"  {engine.Name,-9}{(engine.Missing is { } line ? $"not installed: {line}" : engine.Description)}");

            IPeer[] installed = [.. engines.Where(engine => engine.Missing is null)];
            foreach (Cell cell in options.Cells)
            {
                foreach (int hidden in options.Hidden) Measure(new(WorkloadKind.Step, cell, options.Inputs ?? hidden, hidden, 1, 1), installed, other);
            }

            output.WriteLine();
            output.WriteLine($"each time from the end of one step to the end of the next, so no pause is left out · {Nothing}: no step, just the clock · !: outputs differ");
            output.WriteLine($"prepared: from the end of Prepare to the end of the step; pauses during Prepare are left out");
            return _rows;
        }
        finally
        {
            foreach (IPeer engine in engines) engine.Dispose();
        }
    }

    private void Measure(Case sizes, IPeer[] engines, int? otherCore)
    {
        var data = new CaseData(sizes);
        var runners = new List<InferenceRunner>();
        try
        {
            foreach (IPeer engine in engines) runners.Add(engine.Prepare(data));
            float[] ours = Agreement.Outputs(runners[0], data);
            bool[] agree = [.. runners.Select(runner => Agreement.Holds(ours, Agreement.Outputs(runner, data), Agreement.Tolerance))];
            foreach (InferenceRunner runner in runners) StepTimes.WarmUp(runner);
            _ = _times.MeasureNothing();

            foreach (bool loaded in (bool[])[false, true])
            {
                string beside = loaded ? $"beside a thread that allocates {AllocatingThread.BytesPerSecond / 1e9:0} GB/s" : "alone";
                WriteHeading($"{sizes.CellName} H={sizes.Hidden}, I={sizes.Inputs}, {beside}, µs");
                Add(sizes, Nothing, true, otherCore, loaded, _times.MeasureNothing);
                for (int i = 0; i < runners.Count; i++)
                {
                    InferenceRunner runner = runners[i];
                    Func<Percentiles> measure = engines[i] is EnginePeer { Prepares: true } ? () => _times.MeasurePrepared(runner) : () => _times.Measure(runner);
                    Add(sizes, engines[i].Name, agree[i], otherCore, loaded, measure);
                }
            }
        }
        finally
        {
            foreach (InferenceRunner runner in runners) runner.Dispose();
        }
    }

    private void Add(Case sizes, string engine, bool agrees, int? otherCore, bool loaded, Func<Percentiles> measure)
    {
        using AllocatingThread? load = loaded ? new(otherCore) : null;
        Percentiles times = measure();
        var row = new LatencyRow(sizes.ToString(), engine, agrees, times, load?.Report());
        _rows.Add(row);
        Write(row);
    }

    private void WriteHeading(string heading)
    {
        output.WriteLine();
        output.WriteLine(heading);
        string[] columns = ["p50", "p99", "p99.9", "p99.99", "max"];
        output.WriteLine(new string(' ', NameWidth) + string.Concat(columns.Select(column => column.PadLeft(Width))));
    }

    private void Write(LatencyRow row)
    {
        Percentiles p = row.Microseconds;
        double[] values = [p.P50, p.P99, p.P999, p.P9999, p.Max];
        string name = (row.Engine + (row.Agrees ? "" : "!")).PadRight(NameWidth);
        output.WriteLine(name + string.Concat(values.Select(value => value.ToString("0.00", CultureInfo.InvariantCulture).PadLeft(Width))));
        if (row.Allocations is { } allocations) output.WriteLine($"  {allocations}");
    }
}
