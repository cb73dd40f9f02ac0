using System.Runtime.InteropServices;

namespace Engine.Layout;

/// <summary>A matrix with 16 bits per weight: a word of <see cref="PairStrips"/> holds the weights of a pair at one depth.</summary>
internal sealed class BFloat16Layout : IPackedLayout
{
    private readonly PanelLayout _matrix;
    private readonly PairStrips[] _parts;

    /// <param name="matrix">The matrix as it is packed in float32.</param>
    /// <param name="parts">Gates that take part in a product of their own; each gate in one of them.</param>
    /// <param name="widestStrip">Most pairs of a strip.</param>
    /// <param name="full">Whether all strips but the last are as wide as that, instead of all about equally wide.</param>
    public BFloat16Layout(PanelLayout matrix, IReadOnlyList<GateRange> parts, int widestStrip, bool full = false)
    {
        _matrix = matrix;
        _parts = new PairStrips[parts.Count];
        for (int i = 0; i < _parts.Length; i++)
        {
            _parts[i] = new(matrix, parts[i], matrix.Depth, checked((int)Length), widestStrip, full);
            Length += _parts[i].Length;
        }
    }

    public int Rows => _matrix.Rows;

    public int Depth => _matrix.Depth;

    public long Length { get; }

    public IReadOnlyList<PairStrips> Parts => _parts;

    /// <summary>The part whose gates begin at a place within a block.</summary>
    public PairStrips PartFrom(int slot)
    {
        int part = 0;
        while (_parts[part].FirstSlot != slot) part++;
        return _parts[part];
    }

    public void Pack(ReadOnlySpan<float> values, Span<float> packed)
    {
        Span<uint> words = MemoryMarshal.Cast<float, uint>(packed);
        foreach (PairStrips part in _parts)
        {
            for (int pair = 0; pair < part.Pairs; pair++)
            {
                for (int lane = 0; lane < Sizes.Block; lane++)
                {
                    int upper = part.RowOf(2 * pair, lane);
                    int lower = part.RowOf((2 * pair) + 1, lane);
                    for (int k = 0; k < Depth; k++)
                    {
                        words[part.IndexOf(pair, lane, k)] = BFloat16Pair.Of(
                            upper < 0 ? 0 : values[(upper * Depth) + k], lower < 0 ? 0 : values[(lower * Depth) + k]);
                    }
                }
            }
        }
    }

    public void Unpack(ReadOnlySpan<float> packed, Span<float> values)
    {
        ReadOnlySpan<uint> words = MemoryMarshal.Cast<float, uint>(packed);
        foreach (PairStrips part in _parts)
        {
            for (int group = 0; group < part.Groups; group++)
            {
                for (int lane = 0; lane < Sizes.Block; lane++)
                {
                    int row = part.RowOf(group, lane);
                    if (row < 0) continue;
                    for (int k = 0; k < Depth; k++)
                    {
                        uint word = words[part.IndexOf(group / 2, lane, k)];
                        values[(row * Depth) + k] = (group & 1) == 0 ? BFloat16Pair.Upper(word) : BFloat16Pair.Lower(word);
                    }
                }
            }
        }
    }
}
