using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Threads;

/// <summary>
/// One thread of a <see cref="Crew"/>: takes chunks from the board; without any it spins for a while, then lets other threads pass in
/// between, then sleeps until it is woken. It knows the board only, so a forgotten crew can be collected and end it.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 3 * Board.CacheLines)]
internal sealed class Helper
{
    /// <summary>Time without work after which it sleeps.</summary>
    public static readonly TimeSpan Wakefulness = TimeSpan.FromMicroseconds(200);

    // Spins between looks at the clock.
    private const int SpinsPerLook = 64;

    private static readonly long SleepsAfter = (long)(Wakefulness.TotalSeconds * Stopwatch.Frequency);
    private static readonly long YieldsAfter = SleepsAfter / 4;

    [FieldOffset(0)]
    private readonly Board _board;

    [FieldOffset(8)]
    private readonly object _bed = new();

    // Set by the thread, taken back by whoever wakes it.
    [FieldOffset(16)]
    private volatile bool _asleep;

    [FieldOffset(Board.CacheLines + 64)]
    private long _done;

    public Helper(Board board, int number)
    {
        _board = board;
        Thread = new Thread(Work) { IsBackground = true, Name = $"Engine helper {number}" };
    }

    [field: FieldOffset(24)]
    public Thread Thread { get; }

    public bool IsAsleep => _asleep;

    /// <summary>Chunks it has done. What they wrote can be read once they are counted here.</summary>
    public long Done => Volatile.Read(ref _done);

    public void Wake()
    {
        lock (_bed)
        {
            if (!_asleep) return;
            _asleep = false;
            Monitor.Pulse(_bed);
        }
    }

    private void Work()
    {
        while (!_board.IsClosed)
        {
            if (_board.DoLast()) Volatile.Write(ref _done, _done + 1);
            else if (!WorkComes()) Sleep();
        }
    }

    // Spins until there is something to do, or for so long that it should sleep.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool WorkComes()
    {
        long began = Stopwatch.GetTimestamp();
        while (true)
        {
            for (int i = 0; i < SpinsPerLook; i++)
            {
                Spin.Once();
                if (_board.HasWork || _board.IsClosed) return true;
            }

            long idle = Stopwatch.GetTimestamp() - began;
            if (idle > SleepsAfter) return false;

            // The caller may be waiting for this very core.
            if (idle > YieldsAfter) Thread.Yield();
        }
    }

    private void Sleep()
    {
        lock (_bed)
        {
            _asleep = true;

            // A job that comes before _asleep is seen is the caller's alone: it does what nobody takes.
            while (_asleep && !_board.IsClosed) Monitor.Wait(_bed);
            _asleep = false;
        }
    }
}
