using System.Diagnostics;

namespace Engine.Threads;

/// <summary>
/// Keeps a caller from its helpers for a while after they cost more than they gave: the other core is busy, and a helper that the
/// system takes off it in the middle of a chunk keeps the caller waiting for milliseconds. The while doubles each time, up to an
/// eighth of a second, and begins anew once help has gone well for long.
/// </summary>
internal struct BackOff(TimeSpan shortest)
{
    /// <summary>Long enough that one failed attempt, a time slice of the system, is lost among them.</summary>
    public static readonly TimeSpan UsualPause = TimeSpan.FromMilliseconds(2);

    private static readonly long Longest = Stopwatch.Frequency / 8;

    // Help has gone well if it lasted this many times the last while, and what the caller then had to wait: a busy core's other work comes every
    // few milliseconds, for as long. (With 8 or 16 times the wait, callers whose helpers were held up now and then, on cores that were free,
    // went on alone for most of the time.)
    private const int Recovery = 2;

    private readonly long _shortest = (long)(shortest.TotalSeconds * Stopwatch.Frequency);
    private long _while;
    private long _until;
    private long _resumed;

    /// <summary>Whether help may be asked for.</summary>
    public bool Allows()
    {
        if (_until == 0) return true;
        long now = Stopwatch.GetTimestamp();
        if (now < _until) return false;
        _until = 0;
        _resumed = now;
        return true;
    }

    /// <summary>Help made the caller wait.</summary>
    /// <param name="waited">How long, in the stopwatch's ticks.</param>
    public void Penalize(long waited)
    {
        long now = Stopwatch.GetTimestamp();
        bool wentWell = _while == 0 || now - waited - _resumed > Recovery * Math.Max(_while, waited);
        _while = wentWell ? _shortest : Math.Min(2 * _while, Longest);
        _until = now + _while;
    }
}
