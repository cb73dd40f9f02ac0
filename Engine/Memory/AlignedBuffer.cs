using System.Runtime.CompilerServices;

namespace Engine.Memory;

/// <summary>
/// Zeroed, 64-byte-aligned floats that never move: one buffer per role, sliced by its owner.
/// </summary>
/// <remarks>
/// The memory is a pinned managed array, so it lives as long as anything refers to this object and a forgotten
/// <c>Dispose</c> can neither leak it nor leave a dangling pointer.
/// </remarks>
internal sealed unsafe class AlignedBuffer
{
    /// <summary>Most floats a buffer holds.</summary>
    public static readonly int LargestLength = Array.MaxLength - Slack;

    private const int Alignment = 64;
    private const int Slack = Alignment / sizeof(float);

    private readonly float[] _array;
    private readonly int _start;

    public AlignedBuffer(long length)
    {
        if (length < 0 || length > LargestLength)
            throw new ArgumentOutOfRangeException(nameof(length), length, $"a buffer holds at most {LargestLength} floats.");

        _array = GC.AllocateArray<float>((int)length + Slack, pinned: true);
        Length = (int)length;
        nuint address = (nuint)Unsafe.AsPointer(ref _array[0]);
        nuint aligned = (address + Alignment - 1) & ~(nuint)(Alignment - 1);
        _start = (int)(aligned - address) / sizeof(float);
        Pointer = (float*)aligned;
    }

    public int Length { get; }

    /// <summary>The first float. Whoever uses it keeps this object alive meanwhile.</summary>
    public float* Pointer { get; }

    public Span<float> Span => _array.AsSpan(_start, Length);

    public void Clear() => Span.Clear();
}
