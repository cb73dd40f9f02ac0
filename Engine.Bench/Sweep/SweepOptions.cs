using static Engine.Bench.CommandLine;

namespace Engine.Bench.Sweep;

/// <summary>The command line of <c>sweep</c>.</summary>
internal sealed record SweepOptions : ICommandOptions<SweepOptions>
{
    public static string Help => """
        Usage: Engine.Bench sweep [options]

        Measures size after size on one core and looks for sizes that cost more per floating-point operation than
        the sizes around them.

          --training           training steps instead of inference
          --quick              fewer sizes and rounds; ends within a minute
          --cell LIST          lstm, gru, rnn
          --json FILE          write every point as JSON
          --svg FILE           draw cost per operation over size
          --no-pin             leave the choice of the core to the system
          --help               this text

        The full grid of H × B would take hours, so lines through it are measured, with as many inputs as units:
        inference (Run, T=20) H = 1…130 at B = 1, 8, 32 and B = 1…130 at H = 16, 64, 100, 128; training (T=1000)
        H around every multiple of 16 up to 100 at each B = 1…8, and T = 100, 1000, 10000 at a few of them.

        LIST is separated by commas. Exit code 1: a cliff was found; 2: the command line is wrong.
        """;

    public bool Quick { get; private init; }

    public bool Training { get; private init; }

    public bool Pin { get; private init; } = true;

    public bool WantsHelp { get; private init; }

    public IReadOnlyList<Cell>? Cells { get; private init; }

    public string? JsonFile { get; private init; }

    public string? SvgFile { get; private init; }

    /// <inheritdoc/>
    public static SweepOptions Parse(ReadOnlySpan<string> args)
    {
        var options = new SweepOptions();
        for (int i = 0; i < args.Length; i++)
        {
            options = args[i] switch
            {
                "--quick" => options with { Quick = true },
                "--training" => options with { Training = true },
                "--no-pin" => options with { Pin = false },
                "--help" or "-h" => options with { WantsHelp = true },
                "--cell" => options with { Cells = Cells(args[i], Value(args, ref i)) },
                "--json" => options with { JsonFile = Value(args, ref i) },
                "--svg" => options with { SvgFile = Value(args, ref i) },
                _ => throw Unknown(args[i]),
            };
        }

        return options;
    }
}
