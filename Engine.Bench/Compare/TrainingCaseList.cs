namespace Engine.Bench.Compare;

/// <summary>Which training steps are measured, in the order of the table.</summary>
internal static class TrainingCaseList
{
    private const int SequenceLength = 100;
    private const int Batch = 32;
    private const int TutorialHidden = 50;

    private static readonly Cell[] Cells = [Cell.Lstm, Cell.Gru, Cell.Rnn];
    private static readonly Cell[] TutorialCells = [Cell.Lstm, Cell.Gru];
    private static readonly int[] TutorialLengths = [5, 50];
    private static readonly int[] Sizes = [32, 64, 128, 256, 512];
    private static readonly int[] QuickSizes = [32, 64, 128];

    /// <summary>The model whose peak memory is measured: no inputs' gradient, as PyTorch computes none.</summary>
    public static TrainingCase Memory { get; } = new(Cell.Lstm, 256, 256, SequenceLength, Batch);

    /// <summary>96 characters, as in printable ASCII.</summary>
    public static TrainingCase CharacterModel { get; } = new(Cell.Lstm, 64, 256, SequenceLength, Batch) { Layers = 2, Outputs = 96, Vocabulary = 96 };

    /// <summary>The sizes of most tutorials on forecasting: one feature, 50 units.</summary>
    public static TrainingCase Tutorial(Cell cell, int steps) => new(cell, 1, TutorialHidden, steps, Batch);

    /// <summary>The cases that the options choose; sizes named by the user replace all others.</summary>
    public static IReadOnlyList<TrainingCase> For(CompareOptions options)
    {
        IEnumerable<TrainingCase> cases = options.Hidden is { } sizes
            ? Layers(sizes)
            : [.. Layers(options.Quick ? QuickSizes : Sizes), .. Tutorials(), CharacterModel];
        return [.. cases.Where(c => options.Cells?.Contains(c.Cell) ?? true)];
    }

    private static IEnumerable<TrainingCase> Layers(IReadOnlyList<int> sizes) =>
        from cell in Cells
        from hidden in sizes
        select new TrainingCase(cell, hidden, hidden, SequenceLength, Batch) { InputGradient = true };

    private static IEnumerable<TrainingCase> Tutorials() =>
        from cell in TutorialCells
        from steps in TutorialLengths
        select Tutorial(cell, steps);
}
