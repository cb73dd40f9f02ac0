using System.Diagnostics;

namespace Engine.Bench;

/// <summary>
/// <c>sequence-lengths</c>: time per time step and memory of training steps of 100, 1 000 and 10 000 time steps, with the whole sequence
/// on the tape and with segments of √T or a multiple. The variants take turns; the best of several rounds counts.
/// </summary>
internal static class SequenceLengthsCommand
{
    private const string Usage =
        "Usage: Engine.Bench sequence-lengths [units, 64] [batch size, 8] [inputs, as many as units] [segment length over √T, 1] [rounds, 5]";

    private static readonly int[] Lengths = [100, 1000, 10_000];

    /// <param name="args">Hidden size, batch size, inputs, the multiple of √T, rounds; each may be left out.</param>
    public static int Run(ReadOnlySpan<string> args)
    {
        Span<int> numbers = [64, 8, 64, 1, 5];
        if (PositionalNumbers.Read(args, Usage, numbers) is { } exitCode) return exitCode;
        (int hidden, int batch, int inputs, int multiple, int rounds) =
            (numbers[0], numbers[1], args.Length > 2 ? numbers[2] : numbers[0], numbers[3], numbers[4]);
        Console.WriteLine($"H={hidden}, B={batch}, I={inputs}");
        Console.WriteLine($"                  whole sequence         segments of {multiple}·√T");
        Console.WriteLine("cell        T    µs/step      MiB       µs/step      MiB    factor   forward/step");
        foreach (Cell cell in (Cell[])[Cell.Lstm, Cell.Gru])
        {
            foreach (int length in Lengths) Measure(cell, hidden, batch, inputs, length, multiple, rounds);
        }

        return 0;
    }

    private static void Measure(Cell cell, int hidden, int batch, int inputs, int length, int multiple, int rounds)
    {
        using SequenceModel model = Workload.Model(Workload.Spec(cell, inputs, hidden).Linear(1));
        var options = new TrainerOptions { SequenceLength = length, BatchSize = batch, ClipNorm = 1 };
        using var whole = new Trainer(model, options);
        using var segments = new Trainer(model, options with { SegmentLength = multiple * (int)Math.Sqrt(length) });
        float[] x = Workload.Values(length * batch * inputs);
        float[] targets = Workload.Values(length * batch, seed: 2);
        double best = double.MaxValue;
        double bestOfSegments = double.MaxValue;
        double bestForward = double.MaxValue;
        int calls = Math.Max(1, 20_000 / (length * batch));
        for (int round = 0; round <= rounds; round++)
        {
            double time = Time(whole, x, targets, calls);
            double timeOfSegments = Time(segments, x, targets, calls);
            double timeOfForward = TimeForward(segments, x, targets, calls);

            // The first round only warms up: pages that are touched for the first time.
            if (round == 0) continue;
            best = Math.Min(best, time);
            bestOfSegments = Math.Min(bestOfSegments, timeOfSegments);
            bestForward = Math.Min(bestForward, timeOfForward);
        }

        Console.WriteLine(
            $"{cell,-5}{length,8} {best / length,10:F2} {Mebibytes(whole),8:F1}    {bestOfSegments / length,10:F2} {Mebibytes(segments),8:F1} "
            + $"{bestOfSegments / best,9:F2} {bestForward / best,14:F2}");
    }

    private static double Time(Trainer trainer, float[] x, float[] targets, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++) trainer.Step(x, targets);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
    }

    private static double TimeForward(Trainer trainer, float[] x, float[] targets, int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++) trainer.Evaluate(x, targets);
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
    }

    private static double Mebibytes(Trainer trainer) => trainer.MemoryBytes / 1048576.0;
}
