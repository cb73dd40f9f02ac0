using Engine.Demo.Shell;

namespace Engine.Demo.Tasks;

/// <summary>Forecasts the next sample of three sines in noise. Trained on the head of the series, judged on its unseen tail.</summary>
internal sealed class SineTask : DemoTask
{
    private const int Length = 6000;
    private const int Head = 5000;
    private const int WarmUp = 100;
    private const int Window = 60;
    private const int Batch = 32;
    private const double Noise = 0.1;

    private static readonly double[] Periods = [37, 13.7, 7.3];
    private static readonly double[] Amplitudes = [0.8, 0.5, 0.3];

    private readonly SmallRandom _random;
    private readonly float[] _series = new float[Length];
    private readonly float[] _inputs = new float[Window * Batch];
    private readonly float[] _targets = new float[Window * Batch];
    private int _next;

    public SineTask(ulong seed)
    {
        _random = new(seed);
        double phase0 = _random.NextDouble();
        double phase1 = _random.NextDouble();
        double phase2 = _random.NextDouble();
        double noise = 0;
        double jumps = 0;
        for (int t = 0; t < Length; t++)
        {
            double clean = Sine(0, phase0, t) + Sine(1, phase1, t) + Sine(2, phase2, t);
            double disturbance = Noise * _random.NextNormal();
            _series[t] = (float)(clean + disturbance);
            if (t < Head) continue;
            noise += disturbance * disturbance;
            jumps += Math.Pow(_series[t] - _series[t - 1], 2);
        }

        Baseline = new("persistence (next = now)", jumps / (Length - Head));
        Floor = new("noise in the target alone", noise / (Length - Head));
    }

    public override string Name => "sine";

    public override string Title => "Forecast: three sines in noise, one step ahead";

    public override string LossName => "MSE";

    public override IReadOnlyList<Cell> Cells => [Cell.Gru];

    public override int Hidden => 32;

    public override int Steps => 1500;

    public override TrainerOptions Training => new()
    {
        SequenceLength = Window,
        BatchSize = Batch,
        ClipNorm = 1,
        Optimizer = new() { LearningRate = 1e-2 },
    };

    public override Baseline Baseline { get; }

    public override Baseline Floor { get; }

    public override ModelSpec Describe(Cell cell, int hidden) => ModelSpec.Input(1).Recurrent(cell, hidden).Linear(1);

    public override TrainingStep Train(Trainer trainer)
    {
        for (int b = 0; b < Batch; b++)
        {
            int start = _random.Next(Head - Window - 1);
            for (int t = 0; t < Window; t++)
            {
                _inputs[(t * Batch) + b] = _series[start + t];
                _targets[(t * Batch) + b] = _series[start + t + 1];
            }
        }

        return trainer.Step(_inputs, _targets);
    }

    public override double Evaluate(SequenceModel model)
    {
        float[] forecast = Forecast(model);
        double sum = 0;
        for (int i = 0; i < forecast.Length; i++) sum += Math.Pow(forecast[i] - _series[Head + i], 2);
        return sum / forecast.Length;
    }

    public override void Stream(SequenceModel model, StreamState state, Span<float> output)
    {
        model.Step(state, _series.AsSpan(_next, 1), output);
        _next = (_next + 1) % Length;
    }

    public override IReadOnlyList<string> Picture(SequenceModel model, ChartStyle style, int width, int height)
    {
        int shown = LineChart.DotsAcross(style, width);
        var chart = new LineChart(style, width, height) { Title = "unseen tail: forecast against truth" };
        chart.AddLine("truth", _series.AsSpan(Length - shown, shown), ChartColour.Grey);
        chart.AddLine("forecast", Forecast(model).AsSpan(Length - Head - shown, shown), ChartColour.Green);
        return chart.Render();
    }

    private static double Sine(int i, double phase, int t) => Amplitudes[i] * Math.Sin(2 * Math.PI * ((t / Periods[i]) + phase));

    // Forecasts of every sample of the tail; the state has seen some of the head before.
    private float[] Forecast(SequenceModel model)
    {
        using StreamState state = model.CreateState();
        float[] all = new float[WarmUp + Length - Head];
        model.Run(state, _series.AsSpan(Head - 1 - WarmUp, all.Length), all);
        return all[WarmUp..];
    }
}
