using Engine.Threads;

namespace Engine.Layers;

/// <summary>When the rows of a batch are shared by threads, each taking some of them through many steps.</summary>
internal static class SharedRows
{
    // Rows each thread should have: fewer, and every weight that is loaded serves too few of them. Where all weights fit the second cache beside
    // everything else (512 KiB), loading them once more costs less than meeting after every step; where they are hardly any, a step takes as
    // long for half the rows.
    private const int RowsPerThread = 8;
    private const int RowsPerThreadOfMiddle = 4;
    private const long LeastOfMiddle = 4 * 1024;
    private const long MostOfMiddle = 128 * 1024;

    // Multiply-adds of one thread between two meetings, about 300 µs: one waits for the other each time, however evenly they were given work.
    private const long WorkPerMeeting = 20_000_000;

    /// <param name="batch">Rows.</param>
    /// <param name="steps">Steps, as far as is known.</param>
    /// <param name="work">Multiply-adds of a row and step: as many as there are weights.</param>
    /// <param name="crew">Who would share them.</param>
    public static bool Pay(int batch, int steps, long work, Crew crew) =>
        batch >= RowsPer(work) * crew.Threads && crew.IsWorth(batch * work * steps);

    /// <summary>Steps between two meetings, at least one.</summary>
    /// <param name="rows">Of one thread.</param>
    /// <param name="work">Multiply-adds of a row and step.</param>
    /// <param name="steps">All there are.</param>
    public static int StepsPerMeeting(int rows, long work, int steps) =>
        (int)Math.Clamp(WorkPerMeeting / Math.Max(1, rows * work), 1, Math.Max(1, steps));

    private static int RowsPer(long weights) => weights is >= LeastOfMiddle and <= MostOfMiddle ? RowsPerThreadOfMiddle : RowsPerThread;
}
