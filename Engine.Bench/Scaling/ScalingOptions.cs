using System.Globalization;
using static Engine.Bench.Compare.CompareOptions;

namespace Engine.Bench.Scaling;

/// <summary>The command line of <c>threads</c>.</summary>
internal sealed record ScalingOptions
{
    public const string Help = """
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

    /// <summary>Reads the arguments that follow <c>threads</c>.</summary>
    /// <exception cref="FormatException">An argument is unknown, lacks its value, or has a wrong one.</exception>
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
                "--threads" => options with { Threads = Number(name, Value(args, ref i)) },
                "--cell" => options with { Cells = List(name, Value(args, ref i), (option, item) => Named(option, item, Enum.GetValues<Cell>())) },
                "--json" => options with { JsonFile = Value(args, ref i) },
                _ => throw new FormatException($"unknown option \"{name}\"; --help lists those there are."),
            };
        }

        return options;
    }

    private static int Number(string option, string item) =>
        int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int threads) && threads is >= 2 and <= MostThreads
            ? threads
            : throw new FormatException($"{option} has \"{item}\"; expected 2 to {MostThreads}.");
}
