namespace Engine.Layout;

/// <summary>How a PyTorch matrix is kept in packed memory.</summary>
internal interface IPackedLayout
{
    /// <summary>PyTorch's rows.</summary>
    int Rows { get; }

    /// <summary>PyTorch's columns; 1 for a vector.</summary>
    int Depth { get; }

    /// <summary>Floats the packed matrix takes, padding included.</summary>
    long Length { get; }

    /// <summary>From PyTorch's row-major values into zeroed or once packed memory. Padding is left alone.</summary>
    void Pack(ReadOnlySpan<float> values, Span<float> packed);

    /// <summary>From packed memory into PyTorch's row-major order.</summary>
    void Unpack(ReadOnlySpan<float> packed, Span<float> values);
}

/// <summary>A layout that keeps every element as a float at a place of its own.</summary>
internal interface IElementLayout : IPackedLayout
{
    /// <summary>Packed place of PyTorch's element (<paramref name="row"/>, <paramref name="k"/>).</summary>
    int IndexOf(int row, int k);

    void IPackedLayout.Pack(ReadOnlySpan<float> values, Span<float> packed)
    {
        for (int row = 0, i = 0; i < values.Length; row++)
        {
            for (int k = 0; k < Depth; k++, i++) packed[IndexOf(row, k)] = values[i];
        }
    }

    void IPackedLayout.Unpack(ReadOnlySpan<float> packed, Span<float> values)
    {
        for (int row = 0, i = 0; i < values.Length; row++)
        {
            for (int k = 0; k < Depth; k++, i++) values[i] = packed[IndexOf(row, k)];
        }
    }
}

/// <summary>Rows as they are, each padded to whole blocks: what is looked up row by row.</summary>
internal sealed class RowLayout(int rows, int depth) : IElementLayout
{
    public int Rows => rows;

    public int Depth => depth;

    public long Length => (long)rows * Sizes.Padded(depth);

    public int IndexOf(int row, int k) => (row * Sizes.Padded(depth)) + k;
}
