namespace Engine.Bench.Compare;

/// <summary><c>compare</c>: the same cases for Engine and each peer, checked against each other first, then timed in interleaved rounds.</summary>
internal static class CompareCommand
{
    public static int Run(ReadOnlySpan<string> args)
    {
        CompareOptions options;
        try
        {
            options = CompareOptions.Parse(args);
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine(error.Message);
            return 2;
        }

        if (options.WantsHelp)
        {
            Console.WriteLine(CompareOptions.Help);
            return 0;
        }

        return options.Training ? new TrainingComparison(options, Console.Out).Run() : new InferenceComparison(options, Console.Out).Run();
    }
}
