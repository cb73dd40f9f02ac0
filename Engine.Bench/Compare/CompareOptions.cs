using static Engine.Bench.CommandLine;

namespace Engine.Bench.Compare;

/// <summary>The command line of <c>compare</c>.</summary>
internal sealed record CompareOptions : ICommandOptions<CompareOptions>
{
    public static string Help => """
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

    /// <inheritdoc/>
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
                "--cell" => options with { Cells = Cells(name, Value(args, ref i)) },
                "--hidden" => options with { Hidden = Sizes(name, Value(args, ref i)) },
                "--json" => options with { JsonFile = Value(args, ref i) },
                "--svg" => options with { SvgFile = Value(args, ref i) },
                _ => throw Unknown(name),
            };
        }

        if (options.Formats && options.Training)
            throw new FormatException("--formats does not go with --training, which is float32 only.");
        if (options.Memory && !options.Training) throw new FormatException("--memory goes with --training.");
        if (options.Training && options.Workloads is not null)
            throw new FormatException("--workload names kinds of inference; it does not go with --training.");

        return options;
    }

    private static WorkloadKind Inference(string option, string item) => Named(option, item, WorkloadKind.Step, WorkloadKind.Run);
}
