namespace Engine.Bench.Compare;

/// <summary>Which cases are measured, in the order of the table.</summary>
internal static class CaseList
{
    private const int SequenceLength = 100;

    private static readonly Cell[] Cells = [Cell.Lstm, Cell.Gru, Cell.Rnn];
    private static readonly int[] StepSizes = [8, 16, 32, 64, 128, 256, 512, 1024];
    private static readonly int[] QuickStepSizes = [16, 64, 128, 256];
    private static readonly bool[] InputsAsWide = [false, true];
    private static readonly int[] Batches = [1, 32];
    private static readonly int[] RunSizes = [64, 128, 256, 512];
    private static readonly int[] QuickRunSizes = [64, 128];

    /// <summary>The cases that the options choose; sizes named by the user replace the usual ones.</summary>
    public static IReadOnlyList<Case> For(CompareOptions options) =>
    [
        .. Steps(options.Hidden ?? (options.Quick ? QuickStepSizes : StepSizes)).Concat(Runs(options.Hidden ?? (options.Quick ? QuickRunSizes : RunSizes)))
            .Where(c => (options.Workloads?.Contains(c.Workload) ?? true) && (options.Cells?.Contains(c.Cell) ?? true)),
    ];

    private static IEnumerable<Case> Steps(IReadOnlyList<int> sizes) =>
        from cell in Cells
        from fullInput in InputsAsWide
        from hidden in sizes
        select new Case(WorkloadKind.Step, cell, fullInput ? hidden : 1, hidden, 1, 1);

    private static IEnumerable<Case> Runs(IReadOnlyList<int> sizes) =>
        from batch in Batches
        from cell in Cells
        from hidden in sizes
        select new Case(WorkloadKind.Run, cell, hidden, hidden, SequenceLength, batch);
}
