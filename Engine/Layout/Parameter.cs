namespace Engine.Layout;

/// <summary>
/// One named tensor inside the flat buffers (weights, gradients, optimizer moments): PyTorch's name and shape outside, packed inside.
/// </summary>
/// <param name="name">PyTorch's name.</param>
/// <param name="layout">How it is packed.</param>
/// <param name="shape">PyTorch's shape: <c>[rows, depth]</c> or, for a bias, <c>[rows]</c>.</param>
internal sealed class Parameter(string name, IPackedLayout layout, params int[] shape)
{
    public string Name => name;

    public IReadOnlyList<int> Shape => shape;

    /// <summary>First float of this tensor in every flat buffer.</summary>
    public int Offset { get; private set; }

    /// <summary>Floats taken in the flat buffers, padding included.</summary>
    public int PackedLength => checked((int)layout.Length);

    /// <summary>Values PyTorch's tensor has.</summary>
    public int Count => checked(layout.Rows * layout.Depth);

    /// <summary>Gives the tensor its place and returns where the next one starts.</summary>
    public int PlaceAt(int offset)
    {
        Offset = offset;
        return checked(offset + PackedLength);
    }

    /// <summary>From PyTorch's row-major values into the flat buffer. Padding is left alone.</summary>
    public void Pack(ReadOnlySpan<float> values, Span<float> flat) => layout.Pack(values, flat.Slice(Offset, PackedLength));

    /// <summary>From the flat buffer into PyTorch's row-major order.</summary>
    public void Unpack(ReadOnlySpan<float> flat, Span<float> values) => layout.Unpack(flat.Slice(Offset, PackedLength), values);
}
