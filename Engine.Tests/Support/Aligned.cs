using Engine.Memory;

namespace Engine.Tests.Support;

/// <summary>Values as kernels are given them.</summary>
internal static class Aligned
{
    /// <summary>A copy. Whoever uses its pointer keeps it alive meanwhile.</summary>
    public static AlignedBuffer Copy(float[] values)
    {
        var buffer = new AlignedBuffer(Math.Max(1, values.Length));
        values.CopyTo(buffer.Span);
        return buffer;
    }
}
