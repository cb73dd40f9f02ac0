namespace Engine.Threads;

/// <summary>When a <see cref="Crew"/> is asked for help.</summary>
/// <param name="SmallestJob">Multiply-adds below which a job is not shared: handing over would cost more than it gains.</param>
/// <param name="SmallestLoneStep">The same for a step of one stream, of which a core does fewer in a time than of a matrix product.</param>
/// <param name="BacksOff">Whether the caller goes on alone for a while after help that made it wait.</param>
/// <param name="Pause">The shortest while.</param>
internal readonly record struct CrewPolicy(long SmallestJob, long SmallestLoneStep, bool BacksOff, TimeSpan Pause)
{
    // Multiply-adds for each nanosecond of handing over, where two threads were found to be no slower than one. A core does some 25 of a
    // step of one stream in a nanosecond, 60 of a product of many rows, whose gates and states go from core to core as well.
    private const int JobPerNanosecond = 350;
    private const int LoneStepPerNanosecond = 150;

    // What has been met: two cores of one chip that share a cache; two far apart, in a machine that others use.
    private const double Shortest = 120;
    private const double Longest = 1000;

    /// <summary>What pays on this machine.</summary>
    public static CrewPolicy Default => For(Handover.Nanoseconds);

    /// <summary>Whatever its size: for tests, whose models are small, and for measuring.</summary>
    public static CrewPolicy Always { get; } = new(0, 0, false, BackOff.UsualPause);

    /// <summary>What pays where handing a job over and back takes so long.</summary>
    /// <param name="nanoseconds">The time; 0 if no other core answered, which does not promise much help.</param>
    public static CrewPolicy For(double nanoseconds)
    {
        nanoseconds = nanoseconds > 0 ? Math.Clamp(nanoseconds, Shortest, Longest) : Longest;
        return new((long)(JobPerNanosecond * nanoseconds), (long)(LoneStepPerNanosecond * nanoseconds), true, BackOff.UsualPause);
    }
}
