using System.Globalization;

namespace Engine.Bench.Compare;

/// <summary>The command line of <c>compare</c>.</summary>
internal sealed record CompareOptions
{
    public const string Help = """
        Usage: Engine.Bench compare [options]

        Measures Engine beside its peers: results checked equal first, then interleaved rounds on one core.

          --training           training steps instead of inference
          --memory             with --training: peak memory too, in processes of their own (without --quick always)
          --quick              fewer sizes and rounds; ends within a minute
          --workload LIST      step, run; not with --training
          --cell LIST          lstm, gru, rnn
          --hidden LIST        sizes H, such as 16,64
          --formats            Engine's fast activations and smaller weights beside its defaults instead of the peers;
                               not with --training
          --json FILE          write every figure as JSON
          --svg FILE           draw time per call over H
          --no-pin             leave the choice of the core to the system
          --help               this text

        LIST is separated by commas. Exit code 1: a peer's results differ; 2: the command line is wrong.
        """;

    private const int LargestHidden = 8192;

    public bool Quick { get; private init; }

    public bool Training { get; private init; }

    public bool Memory { get; private init; }

    /// <summary>Whether Engine's ways to run a model are compared with each other.</summary>
    public bool Formats { get; private init; }

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
                "--training" => options with { Training = true },
                "--memory" => options with { Memory = true },
                "--formats" => options with { Formats = true },
                "--no-pin" => options with { Pin = false },
                "--help" or "-h" => options with { WantsHelp = true },
                "--workload" => options with { Workloads = List(name, Value(args, ref i), Inference) },
                "--cell" => options with { Cells = List(name, Value(args, ref i), (option, item) => Named(option, item, Enum.GetValues<Cell>())) },
                "--hidden" => options with { Hidden = List(name, Value(args, ref i), Size) },
                "--json" => options with { JsonFile = Value(args, ref i) },
                "--svg" => options with { SvgFile = Value(args, ref i) },
                _ => throw new FormatException($"unknown option \"{name}\"; --help lists those there are."),
            };
        }

        if (options.Formats && options.Training)
            throw new FormatException("--formats does not go with --training, which is float32 only.");
        if (options.Memory && !options.Training) throw new FormatException("--memory goes with --training.");
        if (options.Training && options.Workloads is not null)
            throw new FormatException("--workload names kinds of inference; it does not go with --training.");

        return options;
    }

    internal static string Value(ReadOnlySpan<string> args, ref int i) => i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal)
        ? args[++i]
        : throw new FormatException($"{args[i]} expects a value.");

    internal static T[] List<T>(string option, string list, Func<string, string, T> parse)
    {
        string[] items = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (items.Length == 0) throw new FormatException($"{option} has \"{list}\"; expected a list separated by commas.");
        return [.. items.Select(item => parse(option, item)).Distinct()];
    }

    private static WorkloadKind Inference(string option, string item) => Named(option, item, WorkloadKind.Step, WorkloadKind.Run);

    internal static T Named<T>(string option, string item, params ReadOnlySpan<T> values)
        where T : struct, Enum
    {
        var names = new List<string>();
        foreach (T value in values)
        {
            if (string.Equals(value.ToString(), item, StringComparison.OrdinalIgnoreCase)) return value;
            names.Add(value.ToString().ToLowerInvariant());
        }

        throw new FormatException($"{option} has \"{item}\"; expected {string.Join(", ", names)}.");
    }

    internal static int Size(string option, string item) =>
        int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is > 0 and <= LargestHidden
            ? size
            : throw new FormatException($"{option} has \"{item}\"; expected sizes from 1 to {LargestHidden}.");
}
