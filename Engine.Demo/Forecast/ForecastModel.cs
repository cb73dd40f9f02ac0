using System.Globalization;

namespace Engine.Demo.Forecast;

/// <summary>
/// A model with what belongs to it: column, horizon, scaling. It says by how much the value will have changed in
/// <see cref="Horizon"/> rows, in units of the usual change, so that a model that says nothing is persistence.
/// </summary>
/// <param name="model">The network.</param>
/// <param name="column">What it was trained on.</param>
/// <param name="horizon">Rows ahead.</param>
/// <param name="scaling">Of the rows that trained it.</param>
/// <param name="trainedUntil">Date of the last of them; null without dates.</param>
internal sealed class ForecastModel(SequenceModel model, string column, int horizon, Scaling scaling, DateTime? trainedUntil) : IDisposable
{
    private const string ColumnKey = "forecast.column";
    private const string HorizonKey = "forecast.horizon";
    private const string UntilKey = "forecast.trained_until";

    public SequenceModel Model => model;

    public string Column => column;

    public int Horizon => horizon;

    public Scaling Scaling => scaling;

    /// <summary>Date of the last row that trained it; null without dates.</summary>
    public DateTime? TrainedUntil => trainedUntil;

    /// <summary>Loads a saved model for a column and a horizon; null for those that it was trained on.</summary>
    /// <exception cref="InputException">The file is no such model, or one of another column or horizon.</exception>
    public static ForecastModel Load(string path, string? wantedColumn, int? wantedHorizon)
    {
        SequenceModel model = ModelFiles.Load(path);
        if (!model.Metadata.TryGetValue(ColumnKey, out string? column)
            || !model.Metadata.TryGetValue(HorizonKey, out string? text)
            || !int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int horizon)
            || horizon < 1)
        {
            throw new InputException($"{path} holds no forecasting model; expected one written by 'forecast --save'.");
        }

        if (wantedColumn is not null && !wantedColumn.Equals(column, StringComparison.OrdinalIgnoreCase))
            throw new InputException($"{path} was trained on column \"{column}\"; the column given is \"{wantedColumn}\".");
        if (wantedHorizon is { } wanted && wanted != horizon)
            throw new InputException($"{path} forecasts {horizon} ahead; the horizon given is {wanted}.");
        if (model.Spec.TakesTokens || model.OutputSize != 1)
            throw new InputException($"{path} is {model.Spec}; expected numeric inputs and 1 output.");

        Scaling scaling = Scaling.ReadFrom(model.Metadata, model.InputSize)
            ?? throw new InputException($"{path} has no usable scaling among its notes; expected a file written by 'forecast --save'.");
        return new(model, column, horizon, scaling, UntilOf(model));
    }

    /// <summary>Refuses a series that the model cannot read.</summary>
    /// <exception cref="InputException">It has dates and the model was trained without, or the other way round.</exception>
    public void CheckFits(Series series, string path)
    {
        int features = Features.Count(series.Dates is not null);
        if (model.InputSize != features)
        {
            throw new InputException(
                $"{path} takes {model.InputSize} features per row; this series has {features} ({(series.Dates is null ? "without" : "with")} dates).");
        }
    }

    public void Save(string path)
    {
        model.Metadata[ColumnKey] = column;
        model.Metadata[HorizonKey] = horizon.ToString(CultureInfo.InvariantCulture);
        model.Metadata[UntilKey] = trainedUntil?.ToString("O", CultureInfo.InvariantCulture) ?? "";
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

    private static DateTime? UntilOf(SequenceModel model) =>
        model.Metadata.TryGetValue(UntilKey, out string? text)
        && DateTime.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.RoundtripKind, out DateTime until)
            ? until
            : null;
}
