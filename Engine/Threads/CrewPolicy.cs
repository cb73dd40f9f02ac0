namespace Engine.Threads;

/// <summary>When a <see cref="Crew"/> is asked for help.</summary>
/// <param name="SmallestWork">Multiply-adds below which a job is not shared: handing over would cost more than it gains.</param>
/// <param name="BacksOff">Whether the caller goes on alone for a while after help that made it wait.</param>
/// <param name="Pause">The shortest while.</param>
internal readonly record struct CrewPolicy(long SmallestWork, bool BacksOff, TimeSpan Pause)
{
    /// <summary>Jobs above about half a microsecond of one core.</summary>
    public static CrewPolicy Default { get; } = new(12_000, true, BackOff.UsualPause);

    /// <summary>Whatever its size: for tests, whose models are small.</summary>
    public static CrewPolicy Always { get; } = new(0, false, BackOff.UsualPause);
}
