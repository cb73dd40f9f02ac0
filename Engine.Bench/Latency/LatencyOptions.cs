using static Engine.Bench.CommandLine;

namespace Engine.Bench.Latency;

/// <summary>The command line of <c>latency</c>.</summary>
internal sealed record LatencyOptions : ICommandOptions<LatencyOptions>
{
    public static string Help => """
        Usage: Engine.Bench latency [options]

        Times single steps of one stream, alone and while another thread allocates 1 GB/s: p50 to the maximum, in µs.
        ONNX Runtime and oneDNN run the same steps through the same loop.

          --steps N            steps timed per row; 1000000 if not given
          --cell LIST          lstm, gru, rnn; lstm if not given
          --hidden LIST        sizes H, such as 16,64; 64 if not given
          --inputs I           inputs; as many as units if not given
          --quick              100000 steps if --steps is not given
          --json FILE          write every figure as JSON
          --help               this text

        LIST is separated by commas. Exit code 1: a peer's results differ; 2: the command line is wrong.
        """;

    private const int UsualSteps = 1_000_000;
    private const int QuickSteps = 100_000;
    private const int MostSteps = 100_000_000;
    private const int MostInputs = 65_536;

    /// <summary>Null if it was not said.</summary>
    private int? GivenSteps { get; init; }

    public int Steps => GivenSteps ?? (Quick ? QuickSteps : UsualSteps);

    public IReadOnlyList<Cell> Cells { get; private init; } = [Cell.Lstm];

    public IReadOnlyList<int> Hidden { get; private init; } = [64];

    /// <summary>Null for as many as units.</summary>
    public int? Inputs { get; private init; }

    public bool Quick { get; private init; }

    public bool WantsHelp { get; private init; }

    public string? JsonFile { get; private init; }

    /// <inheritdoc/>
    public static LatencyOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new LatencyOptions();
        for (int i = 0; i < args.Length; i++)
        {
            string name = args[i];
            options = name switch
            {
                "--quick" => options with { Quick = true },
                "--help" or "-h" => options with { WantsHelp = true },
                "--steps" => options with { GivenSteps = Number(name, Value(args, ref i), 1, MostSteps) },
                "--cell" => options with { Cells = Cells(name, Value(args, ref i)) },
                "--hidden" => options with { Hidden = Sizes(name, Value(args, ref i)) },
                "--inputs" => options with { Inputs = Number(name, Value(args, ref i), 1, MostInputs) },
                "--json" => options with { JsonFile = Value(args, ref i) },
                _ => throw Unknown(name),
            };
        }

        return options;
    }
}
