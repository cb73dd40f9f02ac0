using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>Lets the JIT bring the engines written in C# to their final code before anything is timed.</summary>
/// <remarks>To be called before the thread is pinned: the JIT's own thread would inherit the core, and compile between the rounds.</remarks>
internal static class WarmUp
{
    private const int Bursts = 12;
    private const int CallsPerBurst = 200;

    // The JIT recompiles hot methods in the background once nothing new came for 100 ms; twice, with profiling between.
    private const int PauseMilliseconds = 150;

    /// <summary>Runs small cases in bursts, and disposes of them.</summary>
    public static void Run(IReadOnlyList<Runner> runners)
    {
        try
        {
            for (int i = 0; i < Bursts; i++)
            {
                foreach (Runner runner in runners) runner.Measure(CallsPerBurst);
                Thread.Sleep(PauseMilliseconds);
            }
        }
        finally
        {
            foreach (Runner runner in runners) runner.Dispose();
        }
    }
}
