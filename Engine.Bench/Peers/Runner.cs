using System.Diagnostics;

namespace Engine.Bench.Peers;

/// <summary>One engine, ready to compute one case again and again.</summary>
internal abstract class Runner : IDisposable
{
    /// <summary>What can be done before the input of the next call is there. Only <c>latency</c> asks for it, and leaves its time out.</summary>
    public virtual void BeforeInput()
    {
    }

    /// <summary>Computes the case once.</summary>
    public abstract void Run();

    /// <summary>Seconds that so many calls take.</summary>
    public virtual double Measure(int calls)
    {
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++) Run();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    public void Dispose()
    {
        Dispose(true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
    }
}
