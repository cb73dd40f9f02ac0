using Engine.Bench.Compare;

namespace Engine.Bench.Scaling;

/// <summary>Other work that keeps one core busy.</summary>
internal sealed class BusyThread : IDisposable
{
    private readonly Thread _thread;
    private volatile bool _stop;

    /// <param name="core">The core it is tied to.</param>
    public BusyThread(int core)
    {
        _thread = new(() => Spin(core)) { IsBackground = true };
        _thread.Start();
    }

    public void Dispose()
    {
        _stop = true;
        _thread.Join();
    }

    private void Spin(int core)
    {
        _ = Machine.PinTo(core);
        while (!_stop) Thread.SpinWait(100);
    }
}
