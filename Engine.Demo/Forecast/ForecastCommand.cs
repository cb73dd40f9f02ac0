using System.CommandLine;
using Engine.Demo.Shell;
using Spectre.Console;

namespace Engine.Demo.Forecast;

/// <summary>The command <c>forecast</c>: a real series from a file, trained on its head, judged on its unseen tail.</summary>
internal static class ForecastCommand
{
    private const int DefaultHidden = 16;
    private const int DefaultSteps = 1200;
    private const int LargestHorizon = 365;

    /// <param name="settings">The options that all commands share.</param>
    /// <param name="terminal">Where to write.</param>
    public static Command Create(Func<ParseResult, RunSettings> settings, Func<ParseResult, Terminal> terminal)
    {
        var csv = new Option<string>("--csv")
        {
            Description = "The file: a header and one row per time step, oldest first", HelpName = "FILE", Required = true,
        };
        var column = new Option<string?>("--column")
        {
            Description = "The column to forecast; with --model, that of the model if not given", HelpName = "NAME",
        };
        Option<int?> horizon = PlainOptions.Number("--horizon", "Rows to forecast ahead (1 if not given)", 1, LargestHorizon);
        var save = new Option<string?>("--save") { Description = "Save the trained model, with its scaling, to this file", HelpName = "FILE" };
        var model = new Option<string?>("--model") { Description = "Forecast with this saved model instead of training one", HelpName = "FILE" };
        var command = new Command("forecast", "Trains on the head of a column of a CSV file and forecasts its unseen tail")
        {
            csv, column, horizon, save, model,
        };
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(model) is not null && parsed.GetValue(save) is not null)
                throw new InputException("--model and --save are both given; a loaded model is not trained, so there is nothing to save.");

            RunSettings shared = settings(parsed);
            if (parsed.GetValue(model) is not null && (shared.Cell is not null || shared.Hidden is not null || shared.Steps is not null))
                throw new InputException("--model is given, and --cell, --hidden or --steps too; a loaded model is not trained, so they have no use.");

            string? modelPath = parsed.GetValue(model);
            string? name = parsed.GetValue(column);
            using ForecastModel? loaded = modelPath is null ? null : ForecastModel.Load(modelPath, name, parsed.GetValue(horizon));
            Series series = SeriesReader.Read(parsed.GetValue(csv)!, loaded?.Column ?? name);
            loaded?.CheckFits(series, modelPath!);
            RunSettings chosen = shared with { Save = parsed.GetValue(save) };
            if (chosen.Save is not null) ModelFiles.CheckFolder(chosen.Save);
            Run(terminal(parsed), series, parsed.GetValue(horizon), loaded, chosen);
            return ExitCode.Success;
        });
        return command;
    }

    private static void Run(Terminal terminal, Series series, int? horizon, ForecastModel? loaded, RunSettings settings)
    {
        var split = new Split(series.Values.Length, loaded?.Horizon ?? horizon ?? 1);
        int fewest = Split.FewestRows(split.Horizon);
        if (split.Rows < fewest)
        {
            throw new InputException(
                $"{series.File} has {split.Rows} usable rows; forecasting {split.Horizon} ahead needs at least {fewest}.");
        }

        terminal.Heading($"Forecast: {series.Column}, {split.Horizon} ahead");
        Describe(terminal, series, split, trains: loaded is null);
        if (loaded is not null)
        {
            terminal.Line(Markup.Escape($"{terminal.Style.Describe(loaded.Model.Spec)}, loaded"));
            NoteSeen(terminal, series, split, loaded);
            ForecastReport.Write(terminal, series, split, loaded.Stream(series), trace: null);
            return;
        }

        Cell cell = settings.Cell ?? Cell.Gru;
        (ForecastModel model, TrainingTrace trace) = ForecastTraining.Run(
            terminal, series, split, cell, settings.Hidden ?? DefaultHidden, settings.Steps ?? DefaultSteps, settings.Seed);
        using (model)
        {
            ForecastReport.Write(terminal, series, split, model.Stream(series), trace);
            if (settings.Save is not { } path) return;
            model.Save(path);
            terminal.Line(Markup.Escape($"saved to {path}"));
        }
    }

    // A loaded model may meet rows again that trained it: then the errors flatter it.
    private static void NoteSeen(Terminal terminal, Series series, Split split, ForecastModel loaded)
    {
        if (series.Dates is not { } dates || loaded.TrainedUntil is not { } until)
        {
            terminal.Line("[yellow]without dates nobody knows which rows trained this model: the errors below may flatter it[/]");
            return;
        }

        int seen = dates.AsSpan(split.Head).ToArray().Count(date => date <= until);
        if (seen > 0)
            terminal.Line(
                $"[yellow]{seen} of the judged rows are not after {until:yyyy-MM-dd}, until which this model was trained: the errors flatter it[/]");
    }

    private static void Describe(Terminal terminal, Series series, Split split, bool trains)
    {
        string dates = series.Dates is { } known ? $", {known[0]:yyyy-MM-dd} to {known[^1]:yyyy-MM-dd}" : ", no dates";
        terminal.Line(Markup.Escape(
            $"{series.File}: {split.Rows} rows{dates}; {(trains ? $"the first {split.Head} to train on, " : "")}the last {split.Rows - split.Head} to judge by"));
        foreach (string note in series.Notes) terminal.Line($"[yellow]{Markup.Escape(note)}[/]");
    }
}
