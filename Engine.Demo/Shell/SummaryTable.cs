using System.Globalization;
using Spectre.Console;

namespace Engine.Demo.Shell;

/// <summary>The table at the end: one row per task and cell.</summary>
internal static class SummaryTable
{
    public static void Write(Terminal terminal, IReadOnlyList<TaskResult> results, TimeSpan elapsed)
    {
        terminal.Heading("Summary");
        Table table = new Table().Border(Border(terminal.Style)).BorderColor(Color.Grey);
        Add(table, "task", right: false);
        Add(table, "cell", right: false);
        Add(table, "loss\nbefore");
        Add(table, "loss\nafter");
        Add(table, "base-\nline");
        Add(table, "beats\nit");
        Add(table, "train\nsteps/s");
        Add(table, $"p50\n{terminal.Style.Micro}");
        Add(table, $"p99\n{terminal.Style.Micro}");
        Add(table, $"max\n{terminal.Style.Micro}");
        Add(table, "bytes\n/step");
        foreach (TaskResult result in results)
        {
            StepLatency latency = result.Latency;
            table.AddRow(
                result.Task,
                result.Cell.Label(),
                LineChart.Number(result.Before),
                LineChart.Number(result.After),
                LineChart.Number(result.Baseline.Loss),
                result.BeatsBaseline ? "[green]yes[/]" : result.Contrast ? "[yellow]no*[/]" : "[red]no[/]",
                result.StepsPerSecond.ToString("0", CultureInfo.InvariantCulture),
                Microseconds(latency.P50),
                Microseconds(latency.P99),
                Microseconds(latency.Max),
                latency.BytesPerStep.ToString("0.##", CultureInfo.InvariantCulture));
        }

        terminal.Console.Write(table);
        terminal.Line("Losses on held-out data; 'beats it': at least 10 % below the baseline.");
        if (results.Any(result => result.Contrast)) terminal.Line("* shown for contrast, does not count.");
        terminal.Line("p50, p99, max, bytes: of one streaming Step, one sample; max has what else the machine did.");
        terminal.Line(string.Create(CultureInfo.InvariantCulture, $"Total time {elapsed.TotalSeconds:0.0} s."));
    }

    private static void Add(Table table, string header, bool right = true)
    {
        var column = new TableColumn($"[bold]{header}[/]") { NoWrap = true, Padding = new Padding(0) };
        table.AddColumn(right ? column.RightAligned() : column);
    }

    private static TableBorder Border(ChartStyle style) => style.Unicode ? TableBorder.Horizontal : TableBorder.Ascii2;

    private static string Microseconds(double value) => value.ToString(value < 100 ? "0.00" : "0", CultureInfo.InvariantCulture);
}
