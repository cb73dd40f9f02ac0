using BenchmarkDotNet.Running;
using Engine.Bench;
using Engine.Bench.Compare;
using Engine.Bench.Latency;
using Engine.Bench.Scaling;
using Engine.Bench.Startup;
using Engine.Bench.Sweep;

// Commands of our own; each tells its options with `--help`. Everything else is BenchmarkDotNet's:
// `--filter *Step*` picks classes, `--list flat` shows them, `--help` the rest.
if (args is ["compare", ..]) return CompareCommand.Run(args.AsSpan(1)); // Engine beside its peers
if (args is ["sweep", ..]) return SweepCommand.Run(args.AsSpan(1)); // size after size, in search of cliffs
if (args is ["threads", ..]) return ThreadsCommand.Run(args.AsSpan(1)); // several threads beside one
if (args is ["sequence-lengths", ..]) return SequenceLengthsCommand.Run(args.AsSpan(1)); // training by length and segment
if (args is ["optimizer", ..]) return OptimizerCommand.Run(args.AsSpan(1)); // Adam by memory bandwidth
if (args is ["latency", ..]) return LatencyCommand.Run(args.AsSpan(1)); // the tail of single steps
if (args is ["startup", ..]) return StartupCommand.Run(args.AsSpan(1)); // the first calls of a process

// What `compare` and `startup` start in a process of its own.
if (args is [PeakMemory.Command]) return PeakMemory.TrainOnce();
if (args is [FirstCalls.Command, ..]) return FirstCalls.Run(args.AsSpan(1));

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
