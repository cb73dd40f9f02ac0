namespace Engine.Interop;

/// <summary>The byte order of safetensors' data.</summary>
internal static class LittleEndian
{
    /// <summary>From this machine's byte order to the file's, or back: nothing to do on most machines.</summary>
    public static void Convert(Span<byte> elements, int elementSize)
    {
        if (BitConverter.IsLittleEndian) return;
        for (int i = 0; i < elements.Length; i += elementSize) elements.Slice(i, elementSize).Reverse();
    }
}
