using Engine.Bench.Compare;

namespace Engine.Bench.Sweep;

/// <summary>The lines through the grid of sizes that are measured.</summary>
internal static class SweepGrid
{
    public const int RunSteps = 20;
    public const int TrainingSteps = 1000;

    private const int Largest = 130;

    // Small sizes, and those around every multiple of a block of units, where padding begins anew.
    private static readonly int[] QuickSizes =
    [
        .. Enumerable.Range(1, 20), 30, 31, 32, 33, 34, 46, 47, 48, 49, 50, 62, 63, 64, 65, 66, 78, 79, 80, 81, 82, 94, 95, 96, 97, 98, 100,
        110, 111, 112, 113, 114, 126, 127, 128, 129, 130,
    ];

    private static readonly int[] QuickBatches = [.. Enumerable.Range(1, 34), 63, 64, 65, 66, 100, 126, 127, 128, 129, 130];

    private static readonly int[] TrainingSizes = [7, 8, 9, 15, 16, 17, 31, 32, 33, 47, 48, 49, 50, 63, 64, 65, 80, 97, 100];
    private static readonly int[] QuickTrainingSizes = [8, 15, 16, 17, 32, 33, 48, 49, 64, 65, 100];
    private static readonly int[] TrainingBatches = [1, 2, 3, 4, 5, 6, 7, 8];
    private static readonly int[] QuickTrainingBatches = [1, 2, 3, 4, 8];
    private static readonly int[] Lengths = [100, 1000, 10_000];

    public static IReadOnlyList<SweepLine> For(SweepOptions options)
    {
        IEnumerable<Cell> cells = options.Cells ?? (options.Training ? [Cell.Lstm, Cell.Gru] : [Cell.Lstm, Cell.Gru, Cell.Rnn]);
        return [.. cells.SelectMany(cell => options.Training ? Training(cell, options.Quick) : Inference(cell, options.Quick))];
    }

    private static IEnumerable<SweepLine> Inference(Cell cell, bool quick)
    {
        int[] sizes = quick ? QuickSizes : [.. Enumerable.Range(1, Largest)];
        int[] batches = quick ? QuickBatches : [.. Enumerable.Range(1, Largest)];
        foreach (int batch in quick ? [1, 8] : new[] { 1, 8, 32 })
            yield return new(SweepAxis.Hidden, [.. sizes.Select(hidden => Run(cell, hidden, batch))]);
        foreach (int hidden in quick ? [64, 100] : new[] { 16, 64, 100, 128 })
            yield return new(SweepAxis.Batch, [.. batches.Select(batch => Run(cell, hidden, batch))]);
    }

    private static IEnumerable<SweepLine> Training(Cell cell, bool quick)
    {
        int[] sizes = quick ? QuickTrainingSizes : TrainingSizes;
        int[] batches = quick ? QuickTrainingBatches : TrainingBatches;
        foreach (int batch in batches)
            yield return new(SweepAxis.Hidden, [.. sizes.Select(hidden => Train(cell, hidden, TrainingSteps, batch))]);
        foreach (int hidden in sizes)
            yield return new(SweepAxis.Batch, [.. batches.Select(batch => Train(cell, hidden, TrainingSteps, batch))]);
        if (quick) yield break;

        foreach (int hidden in (int[])[8, 17, 64, 100])
        {
            foreach (int batch in (int[])[1, 4])
                yield return new(SweepAxis.Steps, [.. Lengths.Select(length => Train(cell, hidden, length, batch))]);
        }
    }

    private static Case Run(Cell cell, int hidden, int batch) => new(WorkloadKind.Run, cell, hidden, hidden, RunSteps, batch);

    private static TrainingCase Train(Cell cell, int hidden, int steps, int batch) => new(cell, hidden, hidden, steps, batch);
}
