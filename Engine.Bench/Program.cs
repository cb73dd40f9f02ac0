using BenchmarkDotNet.Running;
using Engine.Bench;
using Engine.Bench.Compare;
using Engine.Bench.Latency;
using Engine.Bench.Scaling;
using Engine.Bench.Startup;
using Engine.Bench.Sweep;

const string Usage = """
    Usage: Engine.Bench COMMAND [options]

      compare            Engine beside its peers: inference, or training with --training
      sweep              size after size, in search of cliffs
      threads            several threads beside one
      sequence-lengths   training by length and segment
      optimizer          Adam by memory bandwidth
      latency            the tail of single steps
      startup            the first calls of a process

    Each tells its options with --help. Without a command the options are BenchmarkDotNet's:
    --list flat shows its benchmarks, --filter '*Step*' runs some, --info and the rest as in its documentation.
    """;

if (args is ["compare", ..]) return CompareCommand.Run(args.AsSpan(1));
if (args is ["sweep", ..]) return SweepCommand.Run(args.AsSpan(1));
if (args is ["threads", ..]) return ThreadsCommand.Run(args.AsSpan(1));
if (args is ["sequence-lengths", ..]) return SequenceLengthsCommand.Run(args.AsSpan(1));
if (args is ["optimizer", ..]) return OptimizerCommand.Run(args.AsSpan(1));
if (args is ["latency", ..]) return LatencyCommand.Run(args.AsSpan(1));
if (args is ["startup", ..]) return StartupCommand.Run(args.AsSpan(1));

// What `compare` and `startup` start in a process of its own.
if (args is [PeakMemory.Command]) return PeakMemory.TrainOnce();
if (args is [FirstCalls.Command, ..]) return FirstCalls.Run(args.AsSpan(1));

if (args is [] or ["--help" or "-h"])
{
    Console.WriteLine(Usage);
    return 0;
}

if (!args[0].StartsWith('-'))
{
    Console.Error.WriteLine($"\"{args[0]}\" came; expected a command or an option.\n\n{Usage}");
    return 2;
}

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
