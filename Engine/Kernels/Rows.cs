using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Rows of floats at an even distance: where a matrix begins and how far its rows lie apart.</summary>
internal readonly unsafe struct Rows(float* data, nint stride)
{
    public float* Data { get; } = data;

    /// <summary>Floats from one row to the next; 0 for one row that serves as all of them.</summary>
    public nint Stride { get; } = stride;

    public bool IsEmpty => Data == null;

    /// <summary>The rows from <paramref name="row"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rows From(int row) => new(Data + (row * Stride), Stride);

    /// <summary>The first <paramref name="columns"/> values of a row.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Span<float> Span(int row, int columns) => new(Data + (row * Stride), columns);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Copy(Rows from, Rows to, int rows, int columns)
    {
        if (to.Stride == columns)
        {
            from.CopyTo(to.Span(0, rows * columns), columns);
            return;
        }

        for (int row = 0; row < rows; row++) from.Span(row, columns).CopyTo(to.Span(row, columns));
    }

    /// <summary>The first <paramref name="columns"/> values of as many rows as fill <paramref name="tight"/>, one after the other.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void CopyTo(Span<float> tight, int columns)
    {
        if (Stride == columns)
        {
            Span(0, tight.Length).CopyTo(tight);
            return;
        }

        for (int row = 0; !tight.IsEmpty; row++, tight = tight[columns..]) Span(row, columns).CopyTo(tight);
    }

    /// <summary>The same rows from their column <paramref name="column"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public Rows FromColumn(int column) => new(Data + column, Stride);
}
