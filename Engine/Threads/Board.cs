using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Engine.Threads;

/// <summary>
/// Where a caller pins up a job and everybody takes chunks of it: the caller from the front, the helpers from the back, so that from
/// job to job each core meets the same part of the weights again.
/// </summary>
/// <remarks>
/// One number, the ticket, holds the job's count (40 bits) and the chunks not yet taken, from front to back (12 bits each). A chunk is
/// taken by exchanging the whole ticket, which fails if anything of it has changed: a helper that was held up can take no chunk of a
/// later job by mistake. Whoever has taken a chunk knows that the job is not finished, hence that the other fields are this job's.
/// </remarks>
[StructLayout(LayoutKind.Explicit, Size = 3 * CacheLines)]
internal sealed unsafe class Board
{
    /// <summary>Most chunks of a job.</summary>
    public const int MostChunks = Mask;

    /// <summary>Two lines of the cache, which some processors fetch together: what lies so far apart does not disturb each other.</summary>
    public const int CacheLines = 128;

    private const int Bits = 12;
    private const int Mask = (1 << Bits) - 1;

    [FieldOffset(CacheLines)]
    private long _ticket;

    [FieldOffset(CacheLines + 8)]
    private object? _target;

    [FieldOffset(CacheLines + 16)]
    private void* _job;

    [FieldOffset(CacheLines + 24)]
    private delegate*<object?, void*, int, void> _body;

    [FieldOffset(2 * CacheLines)]
    private volatile bool _closed;

    /// <summary>No more jobs will come.</summary>
    public bool IsClosed => _closed;

    public void Close() => _closed = true;

    /// <summary>Whether a chunk is left.</summary>
    public bool HasWork
    {
        get
        {
            long ticket = Volatile.Read(ref _ticket);
            return ((int)(ticket >> Bits) & Mask) < ((int)ticket & Mask);
        }
    }

    /// <summary>Pins up a job. All chunks of the one before are done.</summary>
    public void Post(object? target, delegate*<object?, void*, int, void> body, void* job, int chunks)
    {
        _target = target;
        _job = job;
        _body = body;
        long count = (_ticket >> (2 * Bits)) + 1;
        Volatile.Write(ref _ticket, (count << (2 * Bits)) | (uint)chunks);
    }

    /// <summary>Forgets what the job ran on, which the helpers' stacks would otherwise keep alive. All its chunks are done.</summary>
    public void Clear() => _target = null;

    /// <summary>Takes the first chunk that is left and does it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool DoFirst()
    {
        long ticket = Volatile.Read(ref _ticket);
        while (true)
        {
            int front = (int)(ticket >> Bits) & Mask;
            if (front >= ((int)ticket & Mask)) return false;
            long seen = Interlocked.CompareExchange(ref _ticket, ticket + (1 << Bits), ticket);
            if (seen == ticket)
            {
                _body(_target, _job, front);
                return true;
            }

            ticket = seen;
        }
    }

    /// <summary>Takes the last chunk that is left and does it.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool DoLast()
    {
        long ticket = Volatile.Read(ref _ticket);
        while (true)
        {
            int back = (int)ticket & Mask;
            if (((int)(ticket >> Bits) & Mask) >= back) return false;
            long seen = Interlocked.CompareExchange(ref _ticket, ticket - 1, ticket);
            if (seen == ticket)
            {
                _body(_target, _job, back - 1);
                return true;
            }

            ticket = seen;
        }
    }
}
