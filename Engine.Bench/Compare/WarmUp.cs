using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>Lets the JIT bring the engines written in C# to their final code before anything is timed.</summary>
/// <remarks>To be called before the thread is pinned: the JIT's own thread would inherit the core, and compile between the rounds.</remarks>
internal static class WarmUp
{
    private const int Hidden = 16;
    private const int Bursts = 12;
    private const int CallsPerBurst = 200;

    // The JIT recompiles hot methods in the background once nothing new came for 100 ms; twice, with profiling between.
    private const int PauseMilliseconds = 150;

    /// <summary>Runs a small case of every kind that is going to be measured.</summary>
    public static void Run(IReadOnlyList<Case> cases)
    {
        IPeer[] engines = [new EnginePeer(), new NaivePeer(), new TensorsPeer()];
        var runners = new List<Runner>();
        try
        {
            foreach (Case kind in cases.Select(c => c with { Hidden = Hidden, Inputs = Hidden, Steps = Math.Min(c.Steps, 2) }).Distinct())
            {
                var data = new CaseData(kind);
                runners.AddRange(engines.Select(engine => engine.Prepare(data)));
            }

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
