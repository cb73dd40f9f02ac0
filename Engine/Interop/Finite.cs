namespace Engine.Interop;

/// <summary>Files hold finite numbers only.</summary>
internal static class Finite
{
    /// <summary>Index of the first NaN or infinity; −1 if there is none.</summary>
    public static int FirstBreach(ReadOnlySpan<float> values)
    {
        for (int i = 0; i < values.Length; i++)
        {
            if (!float.IsFinite(values[i])) return i;
        }

        return -1;
    }
}
