using Engine.Bench.Peers;

namespace Engine.Bench.Compare;

/// <summary>Lets the JIT bring the engines written in C# to their final code before anything is timed.</summary>
internal static class WarmUp
{
    private const int Hidden = 16;
    private const int Bursts = 4;
    private const int CallsPerBurst = 60;

    // The JIT recompiles hot methods in the background once nothing new came for 100 ms; twice, with profiling between.
    private const int PauseMilliseconds = 200;

    /// <summary>Runs a small case of every kind that is going to be measured.</summary>
    public static void Run(IReadOnlyList<Case> cases, IReadOnlyList<IPeer> engines)
    {
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
