using System.Runtime.InteropServices;

namespace Engine.Layout;

/// <summary>
/// A matrix with 8 bits per weight: weight ≈ scale · q with a scale for every row of PyTorch's matrix and q from −127 to 127.
/// </summary>
/// <remarks>
/// A word of <see cref="PairStrips"/> has the weights of a pair at two depths, 2k in its lower 16 bits and 2k + 1 in its upper ones: the
/// even group's q in the upper byte, the odd group's q + 128 in the lower one. So 16 bits, read as an integer, are
/// <c>256·q_even + 128 + q_odd</c>, and shifted right by 8 they are q_even. Behind the strips stands one float, the largest size
/// that the integers of the other factor may have (<see cref="LargestFactor"/>), then the scales, <c>[pair][even, odd][16]</c>, 0 for
/// padding.
/// </remarks>
internal sealed class Int8Layout : IPackedLayout
{
    public const int LargestWeight = 127;
    public const int LowerOffset = 128;

    private readonly PanelLayout _matrix;
    private readonly PairStrips[] _parts;

    /// <param name="matrix">The matrix as it is packed in float32.</param>
    /// <param name="parts">Gates that take part in a product of their own; each gate in one of them.</param>
    /// <param name="widestStrip">Most pairs of a strip.</param>
    public Int8Layout(PanelLayout matrix, IReadOnlyList<GateRange> parts, int widestStrip)
    {
        _matrix = matrix;
        _parts = new PairStrips[parts.Count];
        for (int i = 0; i < _parts.Length; i++)
        {
            _parts[i] = new(matrix, parts[i], (matrix.Depth + 1) / 2, checked((int)Length), widestStrip);
            Length += _parts[i].Length + Sizes.Block + (2L * _parts[i].Pairs * Sizes.Block);
        }

    }

    public int Rows => _matrix.Rows;

    public int Depth => _matrix.Depth;

    public long Length { get; }

    public IReadOnlyList<PairStrips> Parts => _parts;

    /// <summary>Where a part keeps the largest size of the other factor's integers.</summary>
    public static int LimitAt(PairStrips part) => part.Start + (int)part.Length;

    /// <summary>Where a part keeps the scales of its first group.</summary>
    public static int ScalesAt(PairStrips part) => LimitAt(part) + Sizes.Block;

    /// <summary>
    /// The largest size of integers whose products with a row's weights add up to an integer of 32 bits, whatever their signs; never
    /// more than fits into 16 bits.
    /// </summary>
    /// <param name="weights">Sum of the sizes of the row's weights.</param>
    public static int LargestFactor(long weights) => (int)Math.Min(short.MaxValue, int.MaxValue / Math.Max(1, weights));

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
            words.Slice(part.Start, (int)part.Length).Fill(LowerOffset * 0x0001_0001u);
            long heaviest = 0;
            for (int group = 0; group < part.Groups; group++)
            {
                for (int lane = 0; lane < Sizes.Block; lane++)
                {
                    int row = part.RowOf(group, lane);
                    if (row < 0) continue;
                    ReadOnlySpan<float> weights = values.Slice(row * Depth, Depth);
                    float scale = ScaleOf(weights);
                    packed[ScalesAt(part) + (group * Sizes.Block) + lane] = scale;
                    long sum = 0;
                    for (int k = 0; k < Depth; k++)
                    {
                        int q = Quantize(weights[k], scale);
                        sum += Math.Abs(q);
                        words[part.IndexOf(group / 2, lane, k / 2)] += Bits(q, group) << (16 * (k & 1));
                    }

                    heaviest = Math.Max(heaviest, sum);
                }
            }

            packed[LimitAt(part)] = LargestFactor(heaviest);
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
                    float scale = packed[ScalesAt(part) + (group * Sizes.Block) + lane];
                    for (int k = 0; k < Depth; k++)
                    {
                        var both = (short)(words[part.IndexOf(group / 2, lane, k / 2)] >> (16 * (k & 1)));
                        values[(row * Depth) + k] = scale * ((group & 1) == 0 ? both >> 8 : (both & 0xFF) - LowerOffset);
                    }
                }
            }
        }
    }

    private static float ScaleOf(ReadOnlySpan<float> weights)
    {
        float largest = 0;
        foreach (float weight in weights) largest = Math.Max(largest, Math.Abs(weight));
        return largest / LargestWeight;
    }

    // The division is in double precision, so that a scale next to 0 does no harm.
    private static int Quantize(float weight, float scale) =>
        scale == 0 ? 0 : (int)Math.Clamp(Math.Round(weight / (double)scale), -LargestWeight, LargestWeight);

    // Added to a half that is 128 so far. Only the 16 bits of the half count.
    private static uint Bits(int q, int group) => (group & 1) == 0 ? (uint)(q << 8) & 0xFFFF : (uint)q;
}
