namespace Engine.Training;

/// <summary>
/// A sequence cut into segments of equal length, counted from its end: the first one takes what is left over. So the last one, which
/// is not computed twice, is as long as any.
/// </summary>
/// <param name="Total">Time steps of the sequence.</param>
/// <param name="Longest">Time steps of a segment, at most <paramref name="Total"/>.</param>
internal readonly record struct TimeSegments(int Total, int Longest)
{
    public int Count => ((Total - 1) / Longest) + 1;

    /// <summary>The first time step of a segment; of the one after the last, <see cref="Total"/>.</summary>
    public int Start(int segment) => segment == 0 ? 0 : Total - ((Count - segment) * Longest);

    public int Steps(int segment) => Start(segment + 1) - Start(segment);
}
