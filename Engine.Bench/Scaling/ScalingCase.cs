namespace Engine.Bench.Scaling;

/// <summary>What is shared.</summary>
internal enum SharedWork
{
    /// <summary>One time step.</summary>
    Step,

    /// <summary>A block of 100 time steps.</summary>
    Run,

    /// <summary>A training step over 100 time steps.</summary>
    Train,
}

/// <summary>One line of the table.</summary>
internal sealed record ScalingCase(SharedWork Work, Cell Cell, int Hidden, int Batch)
{
    public int Steps => Work == SharedWork.Step ? 1 : 100;

    public string Name => $"{Cell.ToString().ToUpperInvariant()} {Work.ToString().ToLowerInvariant()} B={Batch} H={Hidden}";

    /// <summary>The sizes at which sharing is worth its while.</summary>
    public static IEnumerable<ScalingCase> All(Cell cell)
    {
        foreach (int hidden in (int[])[128, 256, 512, 1024]) yield return new(SharedWork.Step, cell, hidden, 1);
        foreach (int hidden in (int[])[64, 128, 256]) yield return new(SharedWork.Run, cell, hidden, 32);
        foreach (int hidden in (int[])[64, 128, 256]) yield return new(SharedWork.Train, cell, hidden, 32);
    }
}
