using System.CommandLine;
using System.CommandLine.Parsing;
using System.Diagnostics;
using Engine.Demo.Forecast;
using Engine.Demo.Shell;
using Engine.Demo.Tasks;

namespace Engine.Demo;

/// <summary>The command line: which tasks, with which settings.</summary>
internal sealed class CommandLine
{
    private const string Help =
        """
        Trains small recurrent networks on tasks made for them and shows how it goes.

        Without a command all tasks run, one after the other, in well under a minute: each with its loss and gradient
        norm while it learns, a picture of the result, and a line against a naive baseline; a table ends it.
        'forecast' trains on a column of a CSV file of yours instead.

        Exit code: 0 all well (a forecast, too, that is no better than the naive ones, and says so), 1 a task did not beat
        its baseline, 2 the command line or a file cannot be used.
        NO_COLOR is honoured; output that goes to a file is plain text.
        """;

    private readonly Option<Cell?> _cell = PlainOptions.Cell();
    private readonly Option<int?> _hidden = PlainOptions.Number("--hidden", "Units of the recurrent layer", 1, 1024);
    private readonly Option<int?> _steps = PlainOptions.Number("--steps", "Training steps", 1, 1_000_000);
    private readonly Option<ulong> _seed = PlainOptions.Seed(1);
    private readonly Option<bool> _plain = new("--plain") { Description = "Plain lines: no colour, no animation, ASCII" };
    private readonly Option<string?> _save = new("--save") { Description = "Save the trained model to this file", HelpName = "FILE" };

    /// <summary>Does what the arguments say and gives the exit code.</summary>
    public static int Run(IReadOnlyList<string> arguments) => new CommandLine().Invoke(arguments);

    private int Invoke(IReadOnlyList<string> arguments)
    {
        var root = new RootCommand(Help) { _cell, _hidden, _steps, _seed, _plain };
        foreach (Option option in root.Options) option.Recursive = true;
        root.SetAction(parsed => RunTasks(parsed, TaskCatalog.All, save: null));
        foreach (TaskEntry task in TaskCatalog.All)
        {
            var command = new Command(task.Name, "Task: " + task.Description) { _save };
            command.SetAction(parsed => RunTasks(parsed, [task], parsed.GetValue(_save)));
            root.Add(command);
        }

        root.Add(ForecastCommand.Create(Settings, parsed => Terminal.Detect(parsed.GetValue(_plain))));
        ParseResult result = root.Parse(arguments);
        if (result.Errors.Count > 0)
        {
            // Without the page of help that would push them off the screen.
            foreach (ParseError error in result.Errors) Console.Error.WriteLine("error: " + error.Message);
            Console.Error.WriteLine("--help says what can be asked for.");
            return ExitCode.BadInput;
        }

        return Guarded(() => result.Invoke(new() { EnableDefaultExceptionHandler = false }));
    }

    private int RunTasks(ParseResult parsed, IReadOnlyList<TaskEntry> tasks, string? save)
    {
        RunSettings settings = Settings(parsed) with { Save = save };
        if (save is not null && settings.Cell is null && tasks[0].Create(settings.Seed).Cells.Count > 1)
            throw new InputException($"--save would write several models; choose one with --cell ({tasks[0].Name} shows several cells).");

        if (save is not null) ModelFiles.CheckFolder(save);
        Terminal terminal = Terminal.Detect(parsed.GetValue(_plain));
        var watch = Stopwatch.StartNew();
        var runner = new TaskRunner(terminal, settings);
        List<TaskResult> results = [.. tasks.SelectMany(runner.Run)];
        SummaryTable.Write(terminal, results, watch.Elapsed);
        return results.All(result => result.BeatsBaseline || result.Contrast) ? ExitCode.Success : ExitCode.BaselineNotBeaten;
    }

    private RunSettings Settings(ParseResult parsed) =>
        new(parsed.GetValue(_cell), parsed.GetValue(_hidden), parsed.GetValue(_steps), parsed.GetValue(_seed));

    private static int Guarded(Func<int> action)
    {
        try
        {
            return action();
        }
        catch (InputException e)
        {
            Console.Error.WriteLine("error: " + e.Message);
            return ExitCode.BadInput;
        }
    }
}
