using System.Globalization;
using Engine.Demo.Tasks;
using Spectre.Console;

namespace Engine.Demo.Shell;

/// <summary>Runs a task with each of its cells: train, judge, draw, measure.</summary>
internal sealed class TaskRunner(Terminal terminal, RunSettings settings)
{
    private const int Gap = 3;
    private const int ChartHeight = 9;
    private const double FinalLearningRate = 0.05;

    /// <summary>One result per cell.</summary>
    public List<TaskResult> Run(TaskEntry entry)
    {
        IReadOnlyList<Cell> cells = settings.Cell is { } cell ? [cell] : entry.Create(settings.Seed).Cells;
        List<TaskResult> results = [];
        foreach (Cell next in cells) results.Add(Run(entry.Create(settings.Seed), next, first: results.Count == 0, alone: cells.Count == 1));
        return results;
    }

    private TaskResult Run(DemoTask task, Cell cell, bool first, bool alone)
    {
        using SequenceModel model = SequenceModel.Create(task.Describe(cell, settings.Hidden ?? task.Hidden), settings.Seed);
        using var trainer = new Trainer(model, task.Training);
        if (first) terminal.Heading(task.Title);
        terminal.Line(Markup.Escape($"{terminal.Style.Describe(model.Spec)}, {model.ParameterCount.ToString("N0", CultureInfo.InvariantCulture)} parameters"));

        double before = task.Evaluate(model);
        TrainingTrace trace = Train(task, trainer, $"{task.Name} {cell.Label()}");
        double after = task.Evaluate(model);

        Draw(task, model, trace);
        var result = new TaskResult(
            task.Name, cell, before, after, task.Baseline, trace.StepsPerSecond, Measure(task, model), !alone && task.IsContrast(cell));
        terminal.Line(Verdict(task, result));
        if (trace.Skipped > 0)
            terminal.Line($"[yellow]{trace.Skipped} {(trace.Skipped == 1 ? "step was" : "steps were")} skipped: the loss or gradient was no finite number.[/]");
        Save(model, task, cell);
        terminal.Line();
        return result;
    }

    private TrainingTrace Train(DemoTask task, Trainer trainer, string label)
    {
        int steps = settings.Steps ?? task.Steps;
        double learningRate = trainer.LearningRate;
        return TrainingProgress.Run(terminal, label, steps, i =>
        {
            // Half a cosine from the full rate down to a small one.
            double share = (1 + Math.Cos(Math.PI * i / steps)) / 2;
            trainer.LearningRate = learningRate * (FinalLearningRate + ((1 - FinalLearningRate) * share));
            return task.Train(trainer);
        });
    }

    private void Draw(DemoTask task, SequenceModel model, TrainingTrace trace)
    {
        int width = Math.Min(terminal.Width, 120);
        int half = (width - Gap) / 2;
        int curveWidth = task.WidePicture ? width : half;
        var chart = new LineChart(terminal.Style, curveWidth, ChartHeight)
        {
            Title = "loss in training (log scale)",
            Logarithmic = true,
            XLabels = ("step 1", trace.Count.ToString(CultureInfo.InvariantCulture)),
        };
        chart.AddLine("loss", trace.Curve(LineChart.DotsAcross(terminal.Style, curveWidth)), ChartColour.Blue);
        chart.AddLevel("baseline", task.Baseline.Loss, ChartColour.Red);

        IReadOnlyList<string> curve = chart.Render();
        IReadOnlyList<string> picture = task.Picture(model, terminal.Style, task.WidePicture ? width : half, ChartHeight);
        foreach (string line in task.WidePicture ? curve.Concat(picture) : SideBySide.Join(curve, picture, half, Gap)) terminal.Line(line.TrimEnd());
    }

    private static StepLatency Measure(DemoTask task, SequenceModel model)
    {
        using StreamState state = model.CreateState();
        float[] output = new float[model.OutputSize];
        return StepLatency.Measure(() => task.Stream(model, state, output));
    }

    private static string Verdict(DemoTask task, TaskResult result)
    {
        string verdict = result.BeatsBaseline ? "[green]beats the baseline[/]" :
            result.Contrast ? "[yellow]does not beat the baseline (shown for contrast)[/]" :
            "[red]does not beat the baseline[/]";
        string floor = task.Floor is { } limit ? $"; {Markup.Escape(limit.Name)} {LineChart.Number(limit.Loss)}" : "";
        return $"[bold]{task.Name} {result.Cell.Label()}[/]: {Markup.Escape(task.LossName)} {LineChart.Number(result.Before)} -> "
            + $"[bold]{LineChart.Number(result.After)}[/]; {Markup.Escape(task.Baseline.Name)} {LineChart.Number(task.Baseline.Loss)}{floor}: {verdict}";
    }

    private void Save(SequenceModel model, DemoTask task, Cell cell)
    {
        if (settings.Save is not { } path) return;
        model.Metadata["demo.task"] = task.Name;
        model.Metadata["demo.cell"] = cell.Label();
        ModelFiles.Save(model, path);
        terminal.Line(Markup.Escape($"saved to {path}"));
    }
}
