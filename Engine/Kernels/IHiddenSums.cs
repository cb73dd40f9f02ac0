namespace Engine.Kernels;

/// <summary>Where the sums over h start when the kernel of a step begins.</summary>
internal interface IHiddenSums
{
    /// <summary>
    /// Whether part of h was met before: then they stand in <see cref="StepOperands.HiddenSums"/>. If not, they start at 0, without a read, and
    /// only those of a GRU's candidate, which start at their bias, stand there.
    /// </summary>
    static abstract bool Begun { get; }
}

/// <summary>At the beginning.</summary>
internal readonly struct NewSums : IHiddenSums
{
    public static bool Begun => false;
}

/// <summary>Where others left off: <see cref="StepOperands.Met"/>.</summary>
internal readonly struct BegunSums : IHiddenSums
{
    public static bool Begun => true;
}
