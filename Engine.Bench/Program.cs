using BenchmarkDotNet.Running;
using Engine.Bench.Compare;

// `compare` measures Engine beside its peers (`compare --help`). Everything else is BenchmarkDotNet's: `--filter *Step*` picks classes,
// `--list flat` shows them, `--help` the rest.
if (args is ["compare", ..]) return CompareCommand.Run(args.AsSpan(1));

// What `compare` starts in a process of its own.
if (args is [PeakMemory.Command]) return PeakMemory.TrainOnce();

BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
return 0;
