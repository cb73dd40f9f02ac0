using Engine.Demo.Shell;

namespace Engine.Demo.Forecast;

/// <summary>
/// Trains on random windows of the head's first part and stops where the head's last part is forecast best. The tail is never
/// looked at.
/// </summary>
internal sealed class ForecastTraining
{
    private const int Window = 32;
    private const int Batch = 32;
    private const int JudgeEvery = 20;
    private const int Patience = 15;

    private readonly SmallRandom _random;
    private readonly Series _series;
    private readonly Split _split;
    private readonly ForecastModel _forecast;
    private readonly float[] _scaled;
    private readonly float[] _inputs;
    private readonly float[] _targets = new float[Window * Batch];
    private readonly Dictionary<string, float[]> _best = [];
    private double _bestError;
    private int _judgementsSinceBest;

    private ForecastTraining(Series series, Split split, ForecastModel forecast, ulong seed)
    {
        _random = new(seed);
        _series = series;
        _split = split;
        _forecast = forecast;
        _scaled = forecast.Scaling.Apply(Features.Of(series));
        _inputs = new float[Window * Batch * forecast.Model.InputSize];
        foreach (ParameterInfo parameter in forecast.Model.Parameters) _best[parameter.Name] = new float[parameter.Count];
    }

    /// <summary>Fits scaling and weights on the head of a series.</summary>
    public static (ForecastModel Model, TrainingTrace Trace) Run(
        Terminal terminal, Series series, Split split, Cell cell, int hidden, int steps, ulong seed)
    {
        double[] features = Features.Of(series);
        Scaling scaling = Scaling.Fit(series, features, split.Head, split.Horizon);
        ModelSpec spec = ModelSpec.Input(features.Length / series.Values.Length).Recurrent(cell, hidden).Linear(1);
        var forecast = new ForecastModel(SequenceModel.Create(spec, seed), series.Column, split.Horizon, scaling, series.Dates?[split.Head - 1]);

        // Begin as persistence, which is hard enough to beat.
        forecast.Model.SetParameter("linear.weight", new float[hidden]);
        var training = new ForecastTraining(series, split, forecast, seed);
        return (forecast, training.Train(terminal, cell, steps));
    }

    private TrainingTrace Train(Terminal terminal, Cell cell, int steps)
    {
        using var trainer = new Trainer(_forecast.Model, new()
        {
            SequenceLength = Window,
            BatchSize = Batch,
            ClipNorm = 1,
            Optimizer = new() { LearningRate = 3e-3 },
        });
        _bestError = ErrorWhereJudged();
        KeepBest();
        TrainingTrace trace = TrainingProgress.Run(terminal, $"forecast {cell.Label()}", steps, i =>
        {
            if (i > 0 && i % JudgeEvery == 0 && !GoesOn()) return null;
            DrawBatch();
            return trainer.Step(_inputs, _targets);
        });
        if (trace.Count < steps)
            terminal.Line($"stopped after {trace.Count} of {steps} steps: no better on the head's last part in {Patience} looks, one every {JudgeEvery} steps");
        GoesOn();
        foreach ((string name, float[] values) in _best) _forecast.Model.SetParameter(name, values);
        return trace;
    }

    private bool GoesOn()
    {
        double error = ErrorWhereJudged();
        if (error < _bestError)
        {
            _bestError = error;
            _judgementsSinceBest = 0;
            KeepBest();
            return true;
        }

        return ++_judgementsSinceBest < Patience;
    }

    private void KeepBest()
    {
        foreach ((string name, float[] values) in _best) _forecast.Model.GetParameter(name, values);
    }

    // Mean squared error of the forecasts of the head's last part.
    private double ErrorWhereJudged()
    {
        double[] forecast = _forecast.Stream(_series with { Values = _series.Values[.._split.Head], Dates = _series.Dates?[.._split.Head] });
        double sum = 0;
        int count = 0;
        for (int t = Math.Max(0, _split.Fit - _split.Horizon); t + _split.Horizon < _split.Head; t++, count++)
            sum += Math.Pow(forecast[t] - _series.Values[t + _split.Horizon], 2);

        return sum / count;
    }

    private void DrawBatch()
    {
        int features = _forecast.Model.InputSize;
        int starts = _split.Fit - _split.Horizon - Window + 1;
        for (int b = 0; b < Batch; b++)
        {
            int start = _random.Next(starts);
            for (int t = 0; t < Window; t++)
            {
                int row = start + t;
                _scaled.AsSpan(row * features, features).CopyTo(_inputs.AsSpan(((t * Batch) + b) * features));
                double change = _series.Values[row + _split.Horizon] - _series.Values[row];
                _targets[(t * Batch) + b] = (float)(change / _forecast.Scaling.ChangeSpread);
            }
        }
    }
}
