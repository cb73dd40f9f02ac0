using System.Diagnostics;
using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Memory;
using Engine.Training;

namespace Engine.Bench;

/// <summary>
/// <c>optimizer</c>: Adam against a loop that only moves the same bytes, and what the flat passes over all parameters take of a training
/// step. The loops take turns; the best of several rounds counts.
/// </summary>
internal static unsafe class OptimizerCommand
{
    // Four floats read, three written.
    private const int BytesPerParameter = 28;

    private const int Rounds = 12;

    private const string Usage = "Usage: Engine.Bench optimizer [parameters of the first measurement, 10000000] [units of the LSTM of the second, 128]";

    /// <param name="args">Parameters, hidden size; each may be left out.</param>
    public static int Run(ReadOnlySpan<string> args)
    {
        Span<int> numbers = [10_000_000, 128];
        if (PositionalNumbers.Read(args, Usage, numbers) is { } exitCode) return exitCode;
        int hidden = numbers[1];

        // Whole vectors of any width.
        int parameters = Math.Max(16, numbers[0] / 16 * 16);
        (double update, double adam, _, _) = Measure(parameters);
        Console.WriteLine($"{parameters} parameters: Adam {adam:F0} µs, {Rate(parameters, adam):F1} GB/s");
        Console.WriteLine($"moving the same bytes only: {update:F0} µs, {Rate(parameters, update):F1} GB/s; Adam reaches {update / adam:P0}");

        using SequenceModel model = Workload.Model(Workload.Spec(Cell.Lstm, hidden, hidden));
        double step = Step(model, hidden);
        (_, double adamHere, double norm, double clear) = Measure(model.Weights.Length);
        Console.WriteLine($"LSTM H={hidden}, T=100, B=32: step {step:F0} µs, {model.Weights.Length} floats of parameters");
        Console.WriteLine(
            $"clear {clear:F1} µs, norm {norm:F1} µs, clip and Adam {adamHere:F1} µs: together {(clear + norm + adamHere) / step:P2} of the step");
        return 0;
    }

    private static double Rate(double parameters, double microseconds) => parameters * BytesPerParameter / (microseconds * 1000);

    private static (double Update, double Adam, double Norm, double Clear) Measure(int count)
    {
        AlignedBuffer p = new(count), g = new(count), m = new(count), v = new(count);
        p.Span.Fill(0.1f);
        g.Span.Fill(0.01f);
        FlatKernels kernels = FlatKernels.For(InstructionSets.Best);
        MoveKernel move = InstructionSets.Make(InstructionSets.Best, default(Factory));
        var step = new AdamStep
        {
            GradientScale = 0.9f, GradientLimit = float.PositiveInfinity, Beta1 = 0.9f, OneMinusBeta1 = 0.1f, Beta2 = 0.999f,
            OneMinusBeta2 = 0.001f, StepSize = 1e-5f, RootOfCorrection2 = 1, Epsilon = 1e-8f,
        };
        int calls = Math.Max(1, 1_000_000 / count);
        double update = double.MaxValue, adam = double.MaxValue, norm = double.MaxValue, clear = double.MaxValue;
        double sum = 0;
        for (int round = 0; round < Rounds; round++)
        {
            update = Math.Min(update, Time(calls, () => move.Run(count, g.Pointer, m.Pointer, v.Pointer, p.Pointer)));
            adam = Math.Min(adam, Time(calls, () => kernels.Adam(count, step, g.Pointer, m.Pointer, v.Pointer, p.Pointer)));
            norm = Math.Min(norm, Time(calls, () => sum += FixedSums.OfSquares(g.Span)));
            clear = Math.Min(clear, Time(calls, p.Clear));
        }

        GC.KeepAlive((p, g, m, v, sum));
        return (update, adam, norm, clear);
    }

    private static double Step(SequenceModel model, int hidden)
    {
        const int Steps = 100, Batch = 32;
        using var trainer = new Trainer(model, new() { SequenceLength = Steps, BatchSize = Batch, ClipNorm = 1, InputGradient = true });
        float[] x = Workload.Values(Steps * Batch * hidden);
        float[] targets = Workload.Values(Steps * Batch * hidden, seed: 2);
        double best = double.MaxValue;
        for (int round = 0; round < Rounds; round++) best = Math.Min(best, Time(4, () => trainer.Step(x, targets)));
        return best;
    }

    private static double Time(int calls, Action action)
    {
        action();
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < calls; i++) action();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds / calls;
    }

    /// <summary>Reads and writes what Adam does, with hardly any arithmetic.</summary>
    private abstract class MoveKernel
    {
        public abstract void Run(int count, float* g, float* m, float* v, float* p);
    }

    private readonly struct Factory : IForWidth<MoveKernel>
    {
        public MoveKernel Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct => new ForWidth<S, V>();
    }

    private sealed class ForWidth<S, V> : MoveKernel
        where S : struct, ISimd<V>
        where V : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Run(int count, float* g, float* m, float* v, float* p)
        {
            for (int i = 0; i < count; i += S.Lanes)
            {
                V gradient = S.Load(g + i);
                S.Store(m + i, S.Add(S.Load(m + i), gradient));
                S.Store(v + i, S.Add(S.Load(v + i), gradient));
                S.Store(p + i, S.Add(S.Load(p + i), gradient));
            }
        }
    }
}
