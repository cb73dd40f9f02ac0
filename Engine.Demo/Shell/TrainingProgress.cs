using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Engine.Demo.Shell;

/// <summary>Runs training steps and shows them: a bar with loss and gradient norm in a terminal, a line every so often in a file.</summary>
internal static class TrainingProgress
{
    private const int PlainLines = 5;
    private const int RefreshMilliseconds = 100;

    /// <summary>Runs <paramref name="step"/> with 0, 1 … until <paramref name="count"/> or until it returns null.</summary>
    public static TrainingTrace Run(Terminal terminal, string label, int count, Func<int, TrainingStep?> step)
    {
        var trace = new TrainingTrace(count);
        if (terminal.Live) RunLiveWithCursor(terminal, label, count, step, trace);
        else RunPlain(terminal, label, count, step, trace);
        return trace;
    }

    // While the bar is drawn the cursor is hidden; Ctrl+C ends the process in the midst of that.
    private static void RunLiveWithCursor(Terminal terminal, string label, int count, Func<int, TrainingStep?> step, TrainingTrace trace)
    {
        ConsoleCancelEventHandler show = (_, _) => terminal.Console.Cursor.Show();
        Console.CancelKeyPress += show;
        try
        {
            RunLive(terminal, label, count, step, trace);
        }
        finally
        {
            Console.CancelKeyPress -= show;
        }
    }

    private static void RunLive(Terminal terminal, string label, int count, Func<int, TrainingStep?> step, TrainingTrace trace) => terminal.Console.Progress()
        .AutoRefresh(false)
        .Columns(
            new TaskDescriptionColumn { Alignment = Justify.Left },
            new ProgressBarColumn { Width = Math.Clamp(terminal.Width - 56, 10, 50) },
            new StatusColumn(trace))
        .Start(context =>
        {
            ProgressTask task = context.AddTask(Markup.Escape(label), maxValue: count);
            var sinceRefresh = Stopwatch.StartNew();
            for (int i = 0; i < count; i++)
            {
                if (step(i) is not { } result) break;
                trace.Add(result);
                if (sinceRefresh.ElapsedMilliseconds < RefreshMilliseconds) continue;
                task.Value = i + 1;
                context.Refresh();
                sinceRefresh.Restart();
            }

            task.Value = count;
            task.StopTask();
            trace.Stop();
            context.Refresh();
        });

    private static void RunPlain(Terminal terminal, string label, int count, Func<int, TrainingStep?> step, TrainingTrace trace)
    {
        int every = Math.Max(1, (count + PlainLines - 1) / PlainLines);
        for (int i = 0; i < count; i++)
        {
            TrainingStep? result = step(i);
            if (result is { } made) trace.Add(made);
            bool last = result is null || i == count - 1;
            if (last) trace.Stop();
            if (trace.Count > 0 && (last || (i + 1) % every == 0)) terminal.Line(Markup.Escape($"{label}  step {trace.Count}/{count}  {trace.Status}"));
            if (last) break;
        }
    }

    private sealed class StatusColumn(TrainingTrace trace) : ProgressColumn
    {
        protected override bool NoWrap => true;

        public override IRenderable Render(RenderOptions options, ProgressTask task, TimeSpan deltaTime) =>
            new Text(string.Create(CultureInfo.InvariantCulture, $"{task.Percentage,3:0}%  {trace.Status}"));
    }
}
