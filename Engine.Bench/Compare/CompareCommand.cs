namespace Engine.Bench.Compare;

/// <summary><c>compare</c>: the same cases for Engine and each peer, checked against each other first, then timed in interleaved rounds.</summary>
internal static class CompareCommand
{
    public static int Run(ReadOnlySpan<string> args) => CommandLine.Run<CompareOptions>(
        args, options => options.Training ? new TrainingComparison(options, Console.Out).Run() : new InferenceComparison(options, Console.Out).Run());
}
