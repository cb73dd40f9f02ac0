using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Engine.Bench.Startup;

/// <summary>The first calls of a process, each timed: what a child process of <see cref="StartupCommand"/> does.</summary>
internal static class FirstCalls
{
    /// <summary>The subcommand.</summary>
    public const string Command = "first-calls";

    private const int LaterCalls = 20_000;

    /// <param name="args">The model's file; whether to warm up.</param>
    public static int Run(ReadOnlySpan<string> args)
    {
        // The clock's own first call, and the page of the array.
        long[] times = new long[LaterCalls];
        _ = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp());

        long start = Stopwatch.GetTimestamp();
        using SequenceModel model = SequenceModel.Load(args[0]);
        long loaded = Stopwatch.GetTimestamp();
        using StreamState state = model.CreateState();
        long created = Stopwatch.GetTimestamp();
        if (bool.Parse(args[1])) state.Warmup();
        long warm = Stopwatch.GetTimestamp();

        float[] x = Workload.Values(model.InputSize);
        float[] y = new float[model.OutputSize];
        Time(model, state, x, y, times);
        long first = times[0];
        long second = times[1];
        long hundredth = times[99];
        Array.Sort(times);
        long[] ticks = [loaded - start, created - loaded, warm - created, first, second, hundredth, times[LaterCalls / 2]];
        Console.WriteLine(string.Join(' ', ticks.Select(t => (t * 1e6 / Stopwatch.Frequency).ToString("R", CultureInfo.InvariantCulture))));
        return 0;
    }

    // Compiled as a whole before it begins, so that the first time is Engine's alone.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Time(SequenceModel model, StreamState state, float[] x, float[] y, long[] times)
    {
        for (int i = 0; i < times.Length; i++)
        {
            long start = Stopwatch.GetTimestamp();
            model.Step(state, x, y);
            times[i] = Stopwatch.GetTimestamp() - start;
        }
    }
}
