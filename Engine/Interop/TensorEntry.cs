namespace Engine.Interop;

/// <summary>What a safetensors header says about one tensor.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Dtype">Its element type as the format writes it, such as <c>F32</c>.</param>
/// <param name="Shape">Its shape; empty for a scalar.</param>
/// <param name="Count">Product of the shape.</param>
/// <param name="Begin">First byte, counted from the beginning of the data section.</param>
/// <param name="End">The byte behind the last one.</param>
internal sealed record TensorEntry(string Name, string Dtype, IReadOnlyList<int> Shape, long Count, long Begin, long End)
{
    public int ElementSize => SizeOf(Dtype);

    /// <summary>Bytes of one element; 0 if the dtype is unknown.</summary>
    public static int SizeOf(string dtype) => dtype switch
    {
        "BOOL" or "U8" or "I8" or "F8_E4M3" or "F8_E5M2" or "F8_E8M0" => 1,
        "U16" or "I16" or "F16" or "BF16" => 2,
        "U32" or "I32" or "F32" => 4,
        "U64" or "I64" or "F64" or "C64" => 8,
        _ => 0,
    };
}
