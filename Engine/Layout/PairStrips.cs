namespace Engine.Layout;

/// <summary>
/// The geometry of the formats that keep two columns in one 32-bit word: which columns share a word, and where it lies.
/// </summary>
/// <remarks>
/// The columns of neighbouring gates, in the packed order <c>[block of 16 units][gate]</c>, are <em>groups</em> of 16 lanes. Groups 2p and
/// 2p + 1 are pair p: the even one has the upper half of its words, the odd one the lower half. (Padding units come last, so that a
/// padding lane in an upper half never shares its word with a weight.) Pairs are cut into strips of about equal size, as wide as the
/// registers of the machine have room for (or of a width that is asked for), and a strip is stored <c>[depth][pair][16]</c>: a kernel
/// that keeps a strip's chains in registers reads memory straight through. Which columns share a word does not depend on the strips.
/// Where the groups are odd in number, the last lower half is empty.
/// </remarks>
internal sealed class PairStrips
{
    private readonly PanelLayout _matrix;
    private readonly GateRange _gates;
    private readonly GroupPlace[] _places;

    /// <param name="matrix">The matrix as it is packed in float32.</param>
    /// <param name="gates">The gates that take part, 1 to 4.</param>
    /// <param name="depth">Words that one column's chain takes.</param>
    /// <param name="start">Where in the packed memory the first strip begins.</param>
    /// <param name="widest">Most pairs of a strip.</param>
    /// <param name="full">Whether all strips but the last are as wide as that, instead of all about equally wide.</param>
    public PairStrips(PanelLayout matrix, GateRange gates, int depth, int start, int widest, bool full = false)
    {
        _matrix = matrix;
        _gates = gates;
        Depth = depth;
        Start = start;
        Groups = Sizes.Padded(matrix.Units) / Sizes.Block * gates.Count;
        Pairs = (Groups + 1) / 2;
        PairsPerStrip = full ? widest : EvenWidth(Pairs, widest);
        Strips = (Pairs + PairsPerStrip - 1) / PairsPerStrip;
        _places = new GroupPlace[2 * Pairs];
        for (int i = 0; i < _places.Length; i++)
        {
            int group = Math.Min(i, Groups - 1);
            _places[i] = new(group / gates.Count, group % gates.Count * Sizes.Block);
        }
    }

    /// <summary>Place within a block of the first gate that takes part.</summary>
    public int FirstSlot => _gates.First;

    public int Depth { get; }

    public int Start { get; }

    public int Groups { get; }

    public int Pairs { get; }

    public int PairsPerStrip { get; }

    public int Strips { get; }

    /// <summary>Words of all strips.</summary>
    public long Length => (long)Pairs * Sizes.Block * Depth;

    /// <summary>Pairs of each of as few strips as possible, about equally wide.</summary>
    public static int EvenWidth(int pairs, int widest)
    {
        int strips = (pairs + widest - 1) / widest;
        return (pairs + strips - 1) / strips;
    }

    /// <summary>Pairs of a strip; the last one may have fewer than the others.</summary>
    public int PairsOf(int strip) => Math.Min(PairsPerStrip, Pairs - (strip * PairsPerStrip));

    /// <summary>The first word of a strip.</summary>
    public int StripAt(int strip) => Start + (strip * PairsPerStrip * Sizes.Block * Depth);

    /// <summary>The word of a pair's lane at depth <paramref name="k"/>.</summary>
    public int IndexOf(int pair, int lane, int k)
    {
        int strip = pair / PairsPerStrip;
        int inStrip = pair - (strip * PairsPerStrip);
        return StripAt(strip) + (((k * PairsOf(strip)) + inStrip) * Sizes.Block) + lane;
    }

    /// <summary>PyTorch's row that a group's lane holds; −1 for padding.</summary>
    public int RowOf(int group, int lane)
    {
        int unit = (group / _gates.Count * Sizes.Block) + lane;
        return group < Groups && unit < _matrix.Units ? (_matrix.GateAt(_gates.First + (group % _gates.Count)) * _matrix.Units) + unit : -1;
    }

    /// <summary>
    /// Where in a gate row the chains of a strip's groups stand, two groups a pair. An empty lower half has its upper half's place: stored
    /// first, it is overwritten.
    /// </summary>
    public ReadOnlySpan<GroupPlace> PlacesOf(int strip) => _places.AsSpan(2 * strip * PairsPerStrip, 2 * PairsOf(strip));
}

/// <summary>The place of a group's chains in a gate row: so many blocks on, and then so many floats.</summary>
internal readonly record struct GroupPlace(int Block, int Column)
{
    public int At(int blockPitch) => (Block * blockPitch) + Column;
}
