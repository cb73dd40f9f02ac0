using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Engine.Threads;

/// <summary>
/// A caller and its helpers, threads that wait for jobs. A job is a number of chunks in any order; the caller does chunks too, and
/// all of them if nobody helps. Nothing is allocated and no lock is taken by a job, but that a helper who has fallen asleep over a
/// long pause is woken. Used by one caller at a time.
/// </summary>
/// <remarks>
/// Which thread does which chunk is chance, so chunks must not be seen in the result: each writes what no other one reads or writes.
/// </remarks>
internal sealed unsafe class Crew : IDisposable
{
    // Spins before a look at the clock: longer than an even split lets the caller wait.
    private const int SpinsBeforeLook = 64;

    // A helper that was woken has to do this many chunks until it sleeps again, or waking it was in vain.
    private const int WorthWaking = 4;

    // Waiting longer than this, and longer than twice one's own share, is no even split any more but a core that is busy.
    private static readonly long Patience = Stopwatch.Frequency / 10_000;
    private static readonly long YieldsAfter = Stopwatch.Frequency / 50_000;

    private readonly Board _board = new();
    private readonly Helper[] _helpers;
    private readonly CrewPolicy _policy;
    private BackOff _backOff;
    private int _inJob;
    private long _given;
    private long _givenAtWaking = -WorthWaking;

    public Crew(int threads, CrewPolicy policy)
    {
        _policy = policy;
        _backOff = new(policy.Pause);
        _helpers = new Helper[threads - 1];
        for (int i = 0; i < _helpers.Length; i++) _helpers[i] = new(_board, i + 1);
    }

    ~Crew() => Close();

    /// <summary>
    /// Starts the threads. The owner's last act of construction: before, whatever fails leaves none behind.
    /// </summary>
    public void Start()
    {
        try
        {
            foreach (Helper helper in _helpers) helper.Thread.UnsafeStart();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The caller and its helpers.</summary>
    public int Threads => _helpers.Length + 1;

    /// <summary>Chunks that helpers have done for the caller.</summary>
    public long Helped => _given;

    internal ReadOnlySpan<Helper> Helpers => _helpers;

    /// <summary>Whether a job of so many multiply-adds is worth sharing.</summary>
    public bool IsWorth(long work) => work >= _policy.SmallestJob;

    /// <summary>Whether a step of one stream, of so many multiply-adds, is worth sharing.</summary>
    public bool IsWorthLone(long work) => work >= _policy.SmallestLoneStep;

    /// <summary>Does all chunks of a job.</summary>
    /// <param name="target">What <paramref name="body"/> is given first.</param>
    /// <param name="body">Does the chunk of that number.</param>
    /// <param name="job">What it is given second; may lie on the caller's stack.</param>
    /// <param name="chunks">How many, at most <see cref="Board.MostChunks"/>.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(object? target, delegate*<object?, void*, int, void> body, void* job, int chunks)
    {
        if (chunks == 1 || !_backOff.Allows())
        {
            for (int chunk = 0; chunk < chunks; chunk++) body(target, job, chunk);
            return;
        }

        // Two callers would wait for each other's chunks for ever.
        if (Interlocked.Exchange(ref _inJob, 1) != 0) ThrowInUse();
        long began = Stopwatch.GetTimestamp();
        _board.Post(target, body, job, chunks);
        WakeSleepers();

        int own = 0;
        while (_board.DoFirst()) own++;
        _given += chunks - own;
        if (Done() != _given) Await(began);
        _board.Clear();
        Volatile.Write(ref _inJob, 0);
        GC.KeepAlive(this);
    }

    /// <summary>Ends the threads, once they have noticed.</summary>
    public void Dispose()
    {
        Close();
        GC.SuppressFinalize(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void ThrowInUse() => throw new InvalidOperationException(
        "another thread is in a call with the same state or trainer; expected one thread at a time for each.");

    private void Close()
    {
        _board.Close();
        // Memory that ran out in the midst of the constructor leaves empty places.
        foreach (Helper? helper in _helpers) helper?.Wake();
    }

    private long Done()
    {
        long done = 0;
        foreach (Helper helper in _helpers) done += helper.Done;
        return done;
    }

    private void WakeSleepers()
    {
        bool anyAsleep = false;
        foreach (Helper helper in _helpers) anyAsleep |= helper.IsAsleep;
        if (!anyAsleep) return;

        if (_policy.BacksOff && _given - _givenAtWaking < WorthWaking)
        {
            _givenAtWaking = _given - WorthWaking;
            _backOff.Penalize(0);
            return;
        }

        _givenAtWaking = _given;
        foreach (Helper helper in _helpers)
        {
            if (helper.IsAsleep) helper.Wake();
        }
    }

    // The rest is in helpers' hands.
    private void Await(long began)
    {
        for (int i = 0; i < SpinsBeforeLook; i++)
        {
            Spin.Once();
            if (Done() == _given) return;
        }

        long waitsFrom = Stopwatch.GetTimestamp();
        long patience = Math.Max(Patience, 2 * (waitsFrom - began));
        while (Done() != _given)
        {
            // A helper may be waiting for this very core.
            if (Stopwatch.GetTimestamp() - waitsFrom > YieldsAfter) Thread.Yield();
            else Spin.Once();
        }

        long waited = Stopwatch.GetTimestamp() - waitsFrom;
        if (_policy.BacksOff && waited > patience) _backOff.Penalize(waited);
    }
}
