namespace Engine.Layout;

/// <summary>
/// Where the element of a PyTorch weight <c>[gates·units, depth]</c> lives in the kernels' packed layout.
/// </summary>
/// <remarks>
/// Columns of the packed matrix are ordered <c>[block of 16 units][gate][lane]</c> and cut into panels of about 64 columns;
/// a panel is stored <c>[depth][column]</c>, so a kernel that walks the depth reads memory straight through. With several
/// gates a panel is one block; with one gate it is up to four blocks, and the last panel may be narrower.
/// A bias is the same thing with depth 1.
/// </remarks>
internal sealed class PanelLayout : IElementLayout
{
    private const int WidestPanel = 64;

    private readonly int[] _slotOfGate;

    /// <param name="units">Units of one gate (rows of PyTorch's matrix per gate).</param>
    /// <param name="depth">Columns of PyTorch's matrix: what the chain of multiply-adds runs over.</param>
    /// <param name="slotOfGate">For each of PyTorch's gates in order, its place within a block.</param>
    public PanelLayout(int units, int depth, params int[] slotOfGate)
    {
        _slotOfGate = slotOfGate;
        Units = units;
        Depth = depth;
        Columns = checked(Gates * Sizes.Padded(units));
        PanelColumns = Gates > 1 ? Gates * Sizes.Block : Math.Min(WidestPanel, Columns);
        FullPanels = Columns / PanelColumns;
        LastColumns = Columns % PanelColumns;
        Length = (long)Columns * depth;
        EndsInHalf = Gates > 1 && (units - 1) % Sizes.Block < Sizes.HalfBlock;
    }

    public int Gates => _slotOfGate.Length;

    public int Rows => Gates * Units;

    public int Units { get; }

    public int Depth { get; }

    /// <summary>Columns with their padding.</summary>
    public int Columns { get; }

    public int PanelColumns { get; }

    /// <summary>Units that a full panel holds all gates of.</summary>
    public int PanelUnits => PanelColumns / Gates;

    /// <summary>Panels of <see cref="PanelColumns"/> columns.</summary>
    public int FullPanels { get; }

    /// <summary>Columns of the narrower panel behind the full ones; 0 if there is none.</summary>
    public int LastColumns { get; }

    /// <summary>Whether the last panel is a block of several gates with units in its first half only.</summary>
    public bool EndsInHalf { get; }

    public long Length { get; }

    /// <summary>Floats from one block's gates to the next in rows whose panels lie <paramref name="pitch"/> floats apart.</summary>
    public int BlockPitch(int pitch) => Gates == 1 ? Sizes.Block : pitch;

    /// <summary>Which of PyTorch's gates has this place within a block.</summary>
    public int GateAt(int slot) => Array.IndexOf(_slotOfGate, slot);

    public int IndexOf(int row, int k)
    {
        int gate = row / Units;
        int unit = row % Units;
        int column = ((unit / Sizes.Block * Gates) + _slotOfGate[gate]) * Sizes.Block + (unit % Sizes.Block);
        int panel = column / PanelColumns;
        int width = panel < FullPanels ? PanelColumns : LastColumns;
        return (panel * PanelColumns * Depth) + (k * width) + (column - (panel * PanelColumns));
    }
}
