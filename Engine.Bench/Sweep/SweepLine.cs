using Engine.Bench.Compare;

namespace Engine.Bench.Sweep;

/// <summary>What grows along a line.</summary>
internal enum SweepAxis
{
    /// <summary>H, and with it the inputs.</summary>
    Hidden,

    /// <summary>B.</summary>
    Batch,

    /// <summary>T.</summary>
    Steps,
}

/// <summary>Cases that differ in one size, in increasing order.</summary>
internal sealed record SweepLine(SweepAxis Axis, IReadOnlyList<Case> Cases)
{
    public Cell Cell => Cases[0].Cell;

    /// <summary>All but the cell: lines of one name belong into one picture.</summary>
    public string Name
    {
        get
        {
            Case first = Cases[0];
            string range = $"{Letter} = {SizeOf(first)}…{SizeOf(Cases[^1])}";
            string kind = first.Workload.ToString().ToLowerInvariant();
            return Axis switch
            {
                SweepAxis.Hidden => $"{kind}, {range}, B={first.Batch}, T={first.Steps}",
                SweepAxis.Batch => $"{kind}, {range}, H={first.Hidden}, T={first.Steps}",
                _ => $"{kind}, {range}, H={first.Hidden}, B={first.Batch}",
            };
        }
    }

    public string Title => $"{Cases[0].CellName} {Name}";

    public char Letter => Axis switch
    {
        SweepAxis.Hidden => 'H',
        SweepAxis.Batch => 'B',
        _ => 'T',
    };

    public int SizeOf(Case point) => Axis switch
    {
        SweepAxis.Hidden => point.Hidden,
        SweepAxis.Batch => point.Batch,
        _ => point.Steps,
    };
}
