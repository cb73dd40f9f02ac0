using System.Diagnostics;

namespace Engine.Bench.Peers;

/// <summary>One engine, ready to compute one case again and again. The state moves on from call to call.</summary>
internal abstract class Runner : IDisposable
{
    /// <summary>Sets the state to zero.</summary>
    public abstract void Reset();

    /// <summary>Computes the case once.</summary>
    public abstract void Run();

    /// <summary>Copies out what the last call computed.</summary>
    /// <param name="y">[T, B, H].</param>
    public abstract void ReadOutputs(Span<float> y);

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
