namespace Engine.Memory;

/// <summary>A row of zeros as wide as the widest panel, where chains begin that begin with nothing. Never written.</summary>
internal static unsafe class ZeroRow
{
    private const int WidestPanel = 64;

    private static readonly AlignedBuffer Zeros = new(WidestPanel);

    public static float* Pointer => Zeros.Pointer;

    /// <summary>Makes the row if it is not yet there, so that it is not made in the middle of a training step.</summary>
    public static void Make() => _ = Zeros.Length;
}
