using System.Globalization;
using Engine.Demo.Shell;
using Spectre.Console;

namespace Engine.Demo.Forecast;

/// <summary>How well the tail was forecast, beside the naive ways, on the same rows.</summary>
internal static class ForecastReport
{
    private const int ChartHeight = 10;
    private const int Gap = 3;
    private const double Tie = 0.01;

    /// <summary>Prints the table, the picture and the verdict.</summary>
    public static void Write(Terminal terminal, Series series, Split split, double[] model, TrainingTrace? trace)
    {
        List<Judged> judged = [new("model", model), new("persistence", NaiveForecasts.Persistence(series))];
        if (NaiveForecasts.Season(series, split.Head) is { } season)
            judged.Add(new($"seasonal, {season} rows ago", NaiveForecasts.Seasonal(series, split.Horizon, season)));
        judged.Add(new($"moving average of {NaiveForecasts.AverageRows}", NaiveForecasts.MovingAverage(series)));

        Picture(terminal, series, split, model, trace);
        Table table = new Table().Border(terminal.Style.Unicode ? TableBorder.Horizontal : TableBorder.Markdown).BorderColor(Color.Grey);
        table.AddColumn("[bold]forecast of the tail[/]");
        foreach (string name in (string[])["MAE", "RMSE", "RMSE vs. persistence"]) table.AddColumn(new TableColumn($"[bold]{name}[/]").RightAligned());

        Errors persistence = ErrorsOf(series, split, judged[1].Forecast);
        foreach (Judged one in judged)
        {
            Errors errors = ErrorsOf(series, split, one.Forecast);
            table.AddRow(one.Name, LineChart.Number(errors.Mean), LineChart.Number(errors.RootMeanSquare), Beside(errors, persistence));
        }

        terminal.Console.Write(table);
        Errors own = ErrorsOf(series, split, model);
        terminal.Line(Markup.Escape(
            $"{split.Rows - split.Head} rows{(trace is null ? "" : " that were never trained on")}, each forecast {split.Horizon} ahead in the column's own unit."));
        terminal.Line(Verdict(own, persistence));
        Errors[] naive = [.. judged.Skip(1).Select(one => ErrorsOf(series, split, one.Forecast))];
        if (naive.Skip(1).Any(errors => errors.RootMeanSquare < own.RootMeanSquare))
            terminal.Line("[red]Another naive forecast is better than the model.[/]");

        terminal.Line(Markup.Escape(Next(series, split, model, own)));
    }

    /// <summary>Mean absolute and root mean square error of the tail's rows, those left out whose value was missing.</summary>
    public static Errors ErrorsOf(Series series, Split split, double[] forecast)
    {
        double absolute = 0;
        double squared = 0;
        int count = 0;
        (int from, int length) = split.FromRows.GetOffsetAndLength(split.Rows);
        for (int t = from; t < from + length; t++)
        {
            if (series.Filled?[t + split.Horizon] == true) continue;
            count++;
            double error = forecast[t] - series.Values[t + split.Horizon];
            absolute += Math.Abs(error);
            squared += error * error;
        }

        return count > 0
            ? new(absolute / count, Math.Sqrt(squared / count))
            : throw new InputException($"{series.File}: all values of \"{series.Column}\" after row {split.Head} are missing; there is nothing to judge by.");
    }

    private static void Picture(Terminal terminal, Series series, Split split, double[] model, TrainingTrace? trace)
    {
        int width = Math.Min(terminal.Width, 120);
        int half = trace is null ? width : (width - Gap) / 2;
        int shown = Math.Min(split.Rows - split.Head, LineChart.DotsAcross(terminal.Style, half));
        var tail = new LineChart(terminal.Style, half, ChartHeight) { Title = $"the last {shown} rows" };
        tail.AddLine("truth", Single(series.Values.AsSpan(split.Rows - shown, shown)), ChartColour.Grey);
        tail.AddLine("forecast", Single(model.AsSpan(split.Rows - shown - split.Horizon, shown)), ChartColour.Green);
        IReadOnlyList<string> lines = tail.Render();
        if (trace is not null)
        {
            var curve = new LineChart(terminal.Style, half, ChartHeight)
            {
                Title = "loss in training (1: persistence)",
                Logarithmic = true,
                XLabels = ("step 1", trace.Count.ToString(CultureInfo.InvariantCulture)),
            };
            curve.AddLine("loss", trace.Curve(LineChart.DotsAcross(terminal.Style, half)), ChartColour.Blue);
            lines = [.. SideBySide.Join(curve.Render(), lines, half, Gap)];
        }

        foreach (string line in lines) terminal.Line(line.TrimEnd());
    }

    private static float[] Single(ReadOnlySpan<double> values)
    {
        float[] singles = new float[values.Length];
        for (int i = 0; i < singles.Length; i++) singles[i] = (float)values[i];
        return singles;
    }

    private static string Beside(Errors errors, Errors persistence) =>
        ((errors.RootMeanSquare / persistence.RootMeanSquare) - 1).ToString("+0.0 %;-0.0 %;0 %", CultureInfo.InvariantCulture);

    // A hair's breadth is no difference.
    private static string Verdict(Errors own, Errors persistence) => (own.RootMeanSquare / persistence.RootMeanSquare) switch
    {
        < 1 - Tie => "The model [green]beats persistence[/], the forecast that nothing changes.",
        <= 1 + Tie => "The model is [yellow]no better than persistence[/], the forecast that nothing changes: within 1 % of it.",
        _ => "The model [red]loses to persistence[/], the forecast that nothing changes: what it learned does not help in the tail.",
    };

    private static string Next(Series series, Split split, double[] model, Errors errors)
    {
        string value = AsSharp(model[^1], errors.Mean);
        string ahead = split.Horizon == 1 ? "one row" : $"{split.Horizon} rows";
        return series.Dates is [.., var last]
            ? string.Create(CultureInfo.InvariantCulture, $"Beyond the file: {value}, {ahead} after its last one ({last:yyyy-MM-dd HH:mm}).")
                .Replace(" 00:00)", ")", StringComparison.Ordinal)
            : $"Beyond the file: {value}, {ahead} after its last one.";
    }

    /// <summary>A value with as many decimals as its error leaves a meaning to, and one more.</summary>
    public static string AsSharp(double value, double error)
    {
        const int MostDecimals = 12;
        double decimals = Math.Clamp(Math.Ceiling(-Math.Log10(error)) + 1, 0, MostDecimals);
        return Math.Abs(value) < 1e15 ? value.ToString($"F{(int)decimals}", CultureInfo.InvariantCulture) : LineChart.Number(value);
    }

    private sealed record Judged(string Name, double[] Forecast);
}

/// <summary>Sizes of the errors of a forecast, in the unit of the series.</summary>
/// <param name="Mean">Mean absolute error.</param>
/// <param name="RootMeanSquare">Root of the mean squared error.</param>
internal readonly record struct Errors(double Mean, double RootMeanSquare);
