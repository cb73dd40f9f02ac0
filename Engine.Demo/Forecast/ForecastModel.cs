using System.Globalization;

namespace Engine.Demo.Forecast;

/// <summary>
/// A model with what belongs to it: column, horizon, scaling. It says by how much the value will have changed in
/// <see cref="Horizon"/> rows, in units of the usual change, so that a model that says nothing is persistence.
/// </summary>
internal sealed class ForecastModel(SequenceModel model, string column, int horizon, Scaling scaling) : IDisposable
{
    private const string ColumnKey = "forecast.column";
    private const string HorizonKey = "forecast.horizon";

    public SequenceModel Model => model;

    public string Column => column;

    public int Horizon => horizon;

    public Scaling Scaling => scaling;

    /// <summary>Loads a saved model that fits <paramref name="series"/>.</summary>
    /// <exception cref="InputException">The file is no such model, or does not fit.</exception>
    public static ForecastModel Load(string path, Series series, int? wantedHorizon)
    {
        SequenceModel model = ModelFiles.Load(path);
        int features = Features.Count(series.Dates is not null);
        if (!model.Metadata.TryGetValue(ColumnKey, out string? column)
            || !model.Metadata.TryGetValue(HorizonKey, out string? text)
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int horizon)
            || horizon < 1)
        {
            throw new InputException($"{path} holds no forecasting model; expected one written by 'forecast --save'.");
        }

        if (column != series.Column)
            throw new InputException($"{path} was trained on column \"{column}\"; the column given is \"{series.Column}\".");
        if (wantedHorizon is { } wanted && wanted != horizon)
            throw new InputException($"{path} forecasts {horizon} ahead; the horizon given is {wanted}.");
        if (model.InputSize != features || model.Spec.TakesTokens || model.OutputSize != 1)
        {
            throw new InputException(
                $"{path} takes {model.InputSize} features per row; this series has {features} ({(series.Dates is null ? "without" : "with")} dates).");
        }

        Scaling scaling = Scaling.ReadFrom(model.Metadata, features)
            ?? throw new InputException($"{path} has no usable scaling among its notes; expected a file written by 'forecast --save'.");
        return new(model, column, horizon, scaling);
    }

    public void Save(string path)
    {
        model.Metadata[ColumnKey] = column;
        model.Metadata[HorizonKey] = horizon.ToString(CultureInfo.InvariantCulture);
        scaling.WriteTo(model.Metadata);
        ModelFiles.Save(model, path);
    }

    /// <summary>Streams a series through the model, a row at a time: entry t is the forecast of row t + horizon, made at row t.</summary>
    public double[] Stream(Series series)
    {
        float[] inputs = scaling.Apply(Features.Of(series));
        int features = model.InputSize;
        double[] forecast = new double[series.Values.Length];
        using StreamState state = model.CreateState();
        Span<float> change = stackalloc float[1];
        for (int t = 0; t < forecast.Length; t++)
        {
            model.Step(state, inputs.AsSpan(t * features, features), change);
            forecast[t] = series.Values[t] + (change[0] * scaling.ChangeSpread);
        }

        return forecast;
    }

    public void Dispose() => model.Dispose();
}
