namespace Engine.Layout;

/// <summary>Where the elements of a PyTorch matrix live in packed memory.</summary>
internal interface IPackedLayout
{
    /// <summary>PyTorch's rows.</summary>
    int Rows { get; }

    /// <summary>PyTorch's columns; 1 for a vector.</summary>
    int Depth { get; }

    /// <summary>Floats the packed matrix takes, padding included.</summary>
    long Length { get; }

    /// <summary>Packed place of PyTorch's element (<paramref name="row"/>, <paramref name="k"/>).</summary>
    int IndexOf(int row, int k);
}

/// <summary>Rows as they are, each padded to whole blocks: what is looked up row by row.</summary>
internal sealed class RowLayout(int rows, int depth) : IPackedLayout
{
    public int Rows => rows;

    public int Depth => depth;

    public long Length => (long)rows * Sizes.Padded(depth);

    public int IndexOf(int row, int k) => (row * Sizes.Padded(depth)) + k;
}
