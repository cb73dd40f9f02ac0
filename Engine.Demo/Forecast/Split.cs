namespace Engine.Demo.Forecast;

/// <summary>Which rows train, which choose when to stop, and which are never seen before they are forecast.</summary>
/// <param name="Rows">All rows.</param>
/// <param name="Horizon">Rows ahead.</param>
internal readonly record struct Split(int Rows, int Horizon)
{
    private const double HeadShare = 0.8;
    private const double FitShare = 0.85;
    private const int FewestTests = 10;

    /// <summary>First row that is never trained on: the tail begins here.</summary>
    public int Head => (int)(Rows * HeadShare);

    /// <summary>First row of the head that only judges when to stop.</summary>
    public int Fit => (int)(Head * FitShare);

    /// <summary>Rows that a series has to have to be forecast so far ahead.</summary>
    public static int FewestRows(int horizon) => Math.Max(100, 5 * (horizon + FewestTests));

    /// <summary>Rows from which a forecast reaches into the tail.</summary>
    public Range FromRows => Math.Max(0, Head - Horizon)..(Rows - Horizon);
}
