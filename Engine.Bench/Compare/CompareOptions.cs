using System.Globalization;

namespace Engine.Bench.Compare;

/// <summary>The command line of <c>compare</c>.</summary>
internal sealed record CompareOptions
{
    public const string Help = """
        Usage: Engine.Bench compare [options]

        Measures Engine beside its peers: outputs checked equal first, then interleaved rounds on one core.

          --quick              fewer sizes and rounds; ends within a minute
          --workload LIST      step, run
          --cell LIST          lstm, gru, rnn
          --hidden LIST        sizes H, such as 16,64
          --json FILE          write every figure as JSON
          --svg FILE           draw time per call over H
          --no-pin             leave the choice of the core to the system
          --help               this text

        LIST is separated by commas. Exit code 1: a peer's outputs differ; 2: the command line is wrong.
        """;

    private const int LargestHidden = 8192;

    public bool Quick { get; private init; }

    public bool Pin { get; private init; } = true;

    public bool WantsHelp { get; private init; }

    public IReadOnlyList<WorkloadKind>? Workloads { get; private init; }

    public IReadOnlyList<Cell>? Cells { get; private init; }

    public IReadOnlyList<int>? Hidden { get; private init; }

    public string? JsonFile { get; private init; }

    public string? SvgFile { get; private init; }

    /// <summary>Reads the arguments that follow <c>compare</c>.</summary>
    /// <exception cref="FormatException">An argument is unknown, lacks its value, or has a wrong one.</exception>
    public static CompareOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new CompareOptions();
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            options = name switch
            {
                "--quick" => options with { Quick = true },
                "--no-pin" => options with { Pin = false },
                "--help" or "-h" => options with { WantsHelp = true },
                "--workload" => options with { Workloads = List(name, Value(args, ref i), Named<WorkloadKind>) },
                "--cell" => options with { Cells = List(name, Value(args, ref i), Named<Cell>) },
                "--hidden" => options with { Hidden = List(name, Value(args, ref i), Size) },
                "--json" => options with { JsonFile = Value(args, ref i) },
                "--svg" => options with { SvgFile = Value(args, ref i) },
                _ => throw new FormatException($"unknown option \"{name}\"; --help lists those there are."),
            };
        }

        return options;
    }

    private static string Value(ReadOnlySpan<string> args, ref int i) => i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal)
        ? args[++i]
        : throw new FormatException($"{args[i]} expects a value.");

    private static T[] List<T>(string option, string list, Func<string, string, T> parse) =>
        [.. list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(item => parse(option, item)).Distinct()];

    private static T Named<T>(string option, string item)
        where T : struct, Enum
    {
        foreach (T value in Enum.GetValues<T>())
        {
            if (string.Equals(value.ToString(), item, StringComparison.OrdinalIgnoreCase)) return value;
        }

        throw new FormatException($"{option} has \"{item}\"; expected {string.Join(", ", Enum.GetNames<T>()).ToLowerInvariant()}.");
    }

    private static int Size(string option, string item) =>
        int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is > 0 and <= LargestHidden
            ? size
            : throw new FormatException($"{option} has \"{item}\"; expected sizes from 1 to {LargestHidden}.");
}
