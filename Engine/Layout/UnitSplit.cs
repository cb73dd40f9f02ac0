namespace Engine.Layout;

/// <summary>The units of a layer cut into neighbouring chunks, as even as whole strips can be.</summary>
/// <param name="Padded">Units with their padding.</param>
/// <param name="Strip">Units at whose multiples a chunk may begin.</param>
/// <param name="Chunks">How many; none is empty.</param>
/// <param name="Own">The caller's share of them: it takes its chunks from the first on, helpers theirs from the last.</param>
internal readonly record struct UnitSplit(int Padded, int Strip, int Chunks, int Own)
{
    /// <summary>
    /// For so many threads: a chunk for each, or more, up to <paramref name="most"/>, where each then has no less work than <paramref name="least"/>.
    /// </summary>
    public static UnitSplit For(int threads, int padded, int strip, long work, long least, int most)
    {
        long each = Math.Clamp(work / (threads * least), 1, most);
        int chunks = (int)Math.Min(threads * each, StripsOf(padded, strip));
        return new(padded, strip, chunks, Math.Max(1, chunks / threads));
    }

    public UnitRange this[int chunk] => new(Border(chunk), Math.Min(Border(chunk + 1), Padded));

    /// <summary>
    /// The chunk that is taken as that one. Steps take turns: caller and helpers go through their shares from one end to the other and
    /// back again. What a core read last, still in its caches, it reads first.
    /// </summary>
    public UnitRange InTurn(int chunk, bool reversed) => this[!reversed ? chunk : chunk < Own ? Own - 1 - chunk : Chunks - 1 - (chunk - Own)];

    private int Border(int chunk) => (int)((long)chunk * StripsOf(Padded, Strip) / Chunks) * Strip;

    private static int StripsOf(int padded, int strip) => (padded + strip - 1) / strip;
}
