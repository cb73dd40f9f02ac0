using System.Diagnostics;

namespace Engine.Threads;

/// <summary>
/// How long it takes this machine to get a job to another core and the news of its end back, some 0.1 to 1 µs: what sharing has to gain
/// first.
/// </summary>
internal static unsafe class Handover
{
    private const int Samples = 64;

    // Other cores may be busy. How long a helper may take to come, the samples altogether, and one of them.
    private static readonly long ComingPatience = Stopwatch.Frequency / 50;
    private static readonly long Patience = Stopwatch.Frequency / 500;
    private static readonly long AnswerPatience = Stopwatch.Frequency / 50_000;

    // Two threads that make their first states at once may both measure, and disturb each other: the longer of the times then only means
    // that callers do more alone. That is worth no lock.
    private static double _ofThisProcess = double.NaN;

    /// <summary>The time, measured when it is first asked for; 0 if no other core was free to answer.</summary>
    public static double Nanoseconds
    {
        get
        {
            if (double.IsNaN(_ofThisProcess)) _ofThisProcess = Measure();
            return _ofThisProcess;
        }
    }

    private static double Measure()
    {
        using var crew = new Crew(2, CrewPolicy.Always);
        crew.Start();
        var call = new Call();
        long began = Stopwatch.GetTimestamp();
        while (Ask(crew, call) == 0)
        {
            if (Stopwatch.GetTimestamp() - began > ComingPatience) return 0;
        }

        Span<long> times = stackalloc long[Samples];
        int answered = 0;
        began = Stopwatch.GetTimestamp();
        while (answered < Samples && Stopwatch.GetTimestamp() - began < Patience)
        {
            long time = Ask(crew, call);
            if (time > 0) times[answered++] = time;
        }

        times = times[..answered];
        times.Sort();
        return answered < Samples / 2 ? 0 : times[answered / 2] * 1e9 / Stopwatch.Frequency;
    }

    // There and back, at least a tick, or 0 if the helper did not come.
    private static long Ask(Crew crew, Call call)
    {
        call.IsAnswered = false;
        long helped = crew.Helped;
        long asked = Stopwatch.GetTimestamp();
        crew.Run(call, &AskOrAnswer, null, 2);
        return crew.Helped > helped ? Math.Max(1, Stopwatch.GetTimestamp() - asked) : 0;
    }

    // The caller takes the first chunk and leaves the second one to the helper.
    private static void AskOrAnswer(object? target, void* job, int chunk)
    {
        var call = (Call)target!;
        if (chunk > 0)
        {
            call.IsAnswered = true;
            return;
        }

        long began = Stopwatch.GetTimestamp();
        while (!call.IsAnswered && Stopwatch.GetTimestamp() - began < AnswerPatience) Spin.Once();
    }

    private sealed class Call
    {
        public volatile bool IsAnswered;
    }
}
