using static Engine.Bench.CommandLine;

namespace Engine.Bench.Scaling;

/// <summary>The command line of <c>threads</c>.</summary>
internal sealed record ScalingOptions : ICommandOptions<ScalingOptions>
{
    public static string Help => """
        Usage: Engine.Bench threads [options]

        Steps, runs and training steps by several threads beside the same by one: on free cores, and while other work keeps one of
        the cores busy. Results are checked to be the same bits first.

          --threads N          threads, the caller among them; 2 if not given
          --cell LIST          lstm, gru, rnn; lstm,gru if not given
          --quick              fewer rounds
          --json FILE          write every figure as JSON
          --help               this text

        LIST is separated by commas. Exit code 1: results differ; 2: the command line is wrong.
        """;

    private const int MostThreads = 64;

    public int Threads { get; private init; } = 2;

    public IReadOnlyList<Cell> Cells { get; private init; } = [Cell.Lstm, Cell.Gru];

    public bool Quick { get; private init; }

    public bool WantsHelp { get; private init; }

    public string? JsonFile { get; private init; }

    /// <inheritdoc/>
    public static ScalingOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new ScalingOptions();
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            options = name switch
            {
                "--quick" => options with { Quick = true },
                "--help" or "-h" => options with { WantsHelp = true },
                "--threads" => options with { Threads = Number(name, Value(args, ref i), 2, MostThreads) },
                "--cell" => options with { Cells = Cells(name, Value(args, ref i)) },
                "--json" => options with { JsonFile = Value(args, ref i) },
                _ => throw Unknown(name),
            };
        }

        return options;
    }
}
