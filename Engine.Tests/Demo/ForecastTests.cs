using Engine.Demo;
using Engine.Demo.Forecast;
using Engine.Demo.Shell;
using NUnit.Framework;

namespace Engine.Tests.Demo;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class ForecastTests
{
    [TestCase(1.1034567, 7.0e-6, "1.1034567")]
    [TestCase(100.31337, 6.4e-4, "100.31337")]
    [TestCase(14.268, 2.4, "14.3")]
    [TestCase(12345.6, 120, "12346")]
    [TestCase(2.5e16, 1e14, "2.5e16")]
    public void A_forecast_has_as_many_decimals_as_its_error_leaves_a_meaning_to(double value, double error, string expected) =>
        Assert.That(ForecastReport.AsSharp(value, error), Is.EqualTo(expected));

    [Test]
    public void Scaling_is_fitted_on_the_training_part_alone()
    {
        double[] values = [.. Enumerable.Range(0, 200).Select(t => Math.Sin(t) + (0.01 * t))];
        string[] before = Notes(values);
        for (int t = 160; t < values.Length; t++) values[t] = 1e6 * t;
        Assert.That(Notes(values), Is.EqualTo(before));
        values[159] += 1;
        Assert.That(Notes(values), Is.Not.EqualTo(before));

        static string[] Notes(double[] values)
        {
            Series series = Of(values);
            Dictionary<string, string> notes = [];
            Scaling.Fit(series, Features.Of(series), rows: 160, horizon: 2).WriteTo(notes);
            return [.. notes.Values];
        }
    }

    [Test]
    public void Scaling_is_right_and_survives_the_notes_of_a_model_file()
    {
        Series series = Of(1, 3, 1, 5, 100);
        double[] features = [0, 10, 2, 10, 0, 10, 2, 10, 99, 99];
        var scaling = Scaling.Fit(series, features, rows: 4, horizon: 1);
        Assert.That(scaling.Mean, Is.EqualTo(new[] { 1.0, 10 }));
        Assert.That(scaling.Spread, Is.EqualTo(new[] { 1.0, 1 }), "what never changes is not divided by 0");
        Assert.That(scaling.ChangeSpread, Is.EqualTo(Math.Sqrt((4 + 4 + 16) / 3.0)).Within(1e-12));

        Dictionary<string, string> notes = [];
        scaling.WriteTo(notes);
        Scaling read = Scaling.ReadFrom(notes, features: 2)!;
        Assert.That(read.Apply(features), Is.EqualTo(scaling.Apply(features)));
        Assert.That(read.ChangeSpread, Is.EqualTo(scaling.ChangeSpread));
        Assert.That(Scaling.ReadFrom(notes, features: 3), Is.Null);
    }

    [Test]
    public void A_constant_training_part_is_refused()
    {
        Series series = Of([.. Enumerable.Range(0, 200).Select(t => t < 160 ? 7.5 : t)]);
        Assert.That(
            () => Scaling.Fit(series, Features.Of(series), rows: 160, horizon: 1),
            Throws.TypeOf<InputException>().With.Message.Contains("does not change over its first 160 rows"));
    }

    [Test]
    public void Features_of_a_row_do_not_know_the_rows_after_it()
    {
        double[] values = [.. Enumerable.Range(0, 600).Select(t => Math.Sin(t))];
        double[] before = Features.Of(Of(values));
        for (int t = 500; t < values.Length; t++) values[t] = 3 - values[t];
        double[] after = Features.Of(Of(values));

        int known = 500 * Features.Count(dated: false);
        Assert.That(after[..known], Is.EqualTo(before[..known]));
        Assert.That(after[known..], Is.Not.EqualTo(before[known..]));
    }

    [Test]
    public void Features_are_the_distances_from_earlier_values_and_running_means()
    {
        double[] row = Features.Of(Of(1, 2, 4, 8))[^Features.Count(dated: false)..];
        Assert.That(row[0], Is.EqualTo(8 - 4));
        Assert.That(row[1], Is.EqualTo(8 - ((2 + 4 + 8) / 3.0)).Within(1e-12));
        Assert.That(row[2], Is.EqualTo(8 - ((1 + 2 + 4 + 8) / 4.0)).Within(1e-12));
    }

    [Test]
    public void Naive_forecasts_are_right()
    {
        Series series = Of(1, 2, 4, 8, 16, 32, 64, 128, 256);
        Assert.That(NaiveForecasts.Persistence(series), Is.EqualTo(series.Values));
        Assert.That(NaiveForecasts.MovingAverage(series)[2], Is.EqualTo((1 + 2 + 4) / 3.0));
        Assert.That(NaiveForecasts.MovingAverage(series)[8], Is.EqualTo((4 + 8 + 16 + 32 + 64 + 128 + 256) / 7.0));

        // Made at row 4 for row 5, three rows before which stands a 4.
        Assert.That(NaiveForecasts.Seasonal(series, horizon: 1, season: 3)[4], Is.EqualTo(4));

        // Made at row 4 for row 8: a season before lies ahead, two seasons before is known.
        Assert.That(NaiveForecasts.Seasonal(series, horizon: 4, season: 3)[4], Is.EqualTo(4));
        Assert.That(NaiveForecasts.Seasonal(series, horizon: 4, season: 3)[1], Is.NaN);
    }

    [TestCase(1, 24)]
    [TestCase(24, 365)]
    public void The_season_follows_from_the_dates(int hours, int expected)
    {
        Series series = Dated([.. Enumerable.Range(0, 1000).Select(t => (double)t)], TimeSpan.FromHours(hours));
        Assert.That(NaiveForecasts.Season(series, rows: 1000), Is.EqualTo(expected));
    }

    [Test]
    public void Errors_are_those_of_the_tail()
    {
        Series series = Of([.. Enumerable.Repeat(0.0, 16), 1, 2, 3, 4]);
        var split = new Split(20, Horizon: 2);
        Assert.That(split.Head, Is.EqualTo(16));

        // Entry t is for row t + 2: rows 16 to 19 are forecast at rows 14 to 17.
        double[] forecast = [.. Enumerable.Repeat(99.0, 14), 1, 2, 6, 0, 99, 99];
        Errors errors = ForecastReport.ErrorsOf(series, split, forecast);
        Assert.That(errors.Mean, Is.EqualTo((3 + 4) / 4.0));
        Assert.That(errors.RootMeanSquare, Is.EqualTo(Math.Sqrt((9 + 16) / 4.0)));

        bool[] filled = new bool[20];
        filled[19] = true;
        Assert.That(ForecastReport.ErrorsOf(series with { Filled = filled }, split, forecast).Mean, Is.EqualTo(3 / 3.0), "a missing value is no truth");
    }

    [TestCase(1)]
    [TestCase(5)]
    public void Inputs_and_targets_of_a_window_belong_together(int horizon)
    {
        // A rhythm without noise is forecast almost exactly, but only if the target is that of the row and the horizon.
        Series series = Of([.. Enumerable.Range(0, 600).Select(t => 20 + (5 * Math.Sin(t * Math.Tau / 12)))]);
        var split = new Split(600, horizon);
        using var output = new StringWriter();
        (ForecastModel model, _) = ForecastTraining.Run(Terminal.For(output), series, split, Cell.Gru, hidden: 8, steps: 400, seed: 1);
        using (model)
        {
            double own = ForecastReport.ErrorsOf(series, split, model.Stream(series)).RootMeanSquare;
            double persistence = ForecastReport.ErrorsOf(series, split, NaiveForecasts.Persistence(series)).RootMeanSquare;
            Assert.That(own, Is.LessThan(0.15 * persistence));
        }
    }

    [Test]
    public void The_tail_has_no_part_in_training()
    {
        double[] values = [.. Enumerable.Range(0, 300).Select(t => Math.Sin(t * 0.3))];
        float[] before = Weights(values);
        for (int t = 240; t < values.Length; t++) values[t] = 50;
        Assert.That(Weights(values), Is.EqualTo(before));

        static float[] Weights(double[] values)
        {
            using var output = new StringWriter();
            (ForecastModel model, _) = ForecastTraining.Run(
                Terminal.For(output), Of(values), new Split(300, 3), Cell.Gru, hidden: 4, steps: 60, seed: 1);
            using (model)
            {
                float[] weights = new float[4 * 3 * 4];
                model.Model.GetParameter("gru.weight_hh_l0", weights);
                return weights;
            }
        }
    }

    private static Series Of(params double[] values) => new("f.csv", "x", values, null, []);

    private static Series Dated(double[] values, TimeSpan step) =>
        Of(values) with { Dates = [.. Enumerable.Range(0, values.Length).Select(t => new DateTime(2020, 1, 1) + (t * step))] };
}
