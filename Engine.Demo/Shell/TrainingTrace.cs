using System.Diagnostics;
using System.Globalization;

namespace Engine.Demo.Shell;

/// <summary>Losses and gradient norms of a training run, and how long it took. Adding allocates nothing.</summary>
internal sealed class TrainingTrace(int capacity)
{
    private const double Smoothing = 0.9;
    private readonly float[] _losses = new float[capacity];
    private readonly Stopwatch _watch = Stopwatch.StartNew();
    private double _smoothed = double.NaN;
    private float _gradientNorm;

    public int Count { get; private set; }

    /// <summary>Steps whose loss or gradient was no finite number, so that nothing was updated.</summary>
    public int Skipped { get; private set; }

    public double Seconds => _watch.Elapsed.TotalSeconds;

    public double StepsPerSecond => Count / Seconds;

    public ReadOnlySpan<float> Losses => _losses.AsSpan(0, Count);

    /// <summary>The state of affairs on one line: a running mean of the loss, the newest gradient norm, the time.</summary>
    public string Status => string.Create(
        CultureInfo.InvariantCulture, $"loss {LineChart.Number(_smoothed),-7} grad norm {LineChart.Number(_gradientNorm),-7} {Seconds,4:0.0} s");

    public void Add(TrainingStep step)
    {
        _losses[Count++] = step.Loss;
        if (!step.Updated)
        {
            Skipped++;
            return;
        }

        _smoothed = double.IsNaN(_smoothed) ? step.Loss : (Smoothing * _smoothed) + ((1 - Smoothing) * step.Loss);
        _gradientNorm = step.GradientNorm;
    }

    public void Stop() => _watch.Stop();

    /// <summary>Means of equal stretches, for a curve that is not all noise.</summary>
    public float[] Curve(int points)
    {
        points = Math.Max(1, Math.Min(points, Count));
        float[] curve = new float[points];
        for (int i = 0; i < points; i++)
        {
            int from = (int)((long)Count * i / points);
            int to = (int)((long)Count * (i + 1) / points);
            double sum = 0;
            for (int j = from; j < to; j++) sum += _losses[j];
            curve[i] = (float)(sum / (to - from));
        }

        return curve;
    }
}
