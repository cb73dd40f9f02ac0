using BenchmarkDotNet.Running;
using Engine.Bench;
using Engine.Bench.Compare;
using Engine.Bench.Sweep;

// `compare` measures Engine beside its peers (`compare --help`), `sequence-lengths` training by length and segment,
// `sweep` size after size (`sweep --help`), `optimizer` Adam by memory bandwidth. Everything else is BenchmarkDotNet's:
// `--filter *Step*` picks classes, `--list flat` shows them, `--help` the rest.
if (args is ["compare", ..]) return CompareCommand.Run(args.AsSpan(1));
if (args is ["sweep", ..]) return SweepCommand.Run(args.AsSpan(1));
if (args is ["sequence-lengths", ..]) return SequenceLengthsCommand.Run(args.AsSpan(1));
if (args is ["optimizer", ..]) return OptimizerCommand.Run(args.AsSpan(1));

// What `compare` starts in a process of its own.
if (args is [PeakMemory.Command]) return PeakMemory.TrainOnce();

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
