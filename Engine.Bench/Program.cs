using BenchmarkDotNet.Running;

// `--filter *Step*` picks classes, `--list flat` shows them, `--help` the rest.
BenchmarkSwitcher.FromAssembly(typeof(Program).Assembly).Run(args);
