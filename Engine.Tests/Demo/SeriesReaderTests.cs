using Engine.Demo;
using Engine.Demo.Forecast;
using NUnit.Framework;

namespace Engine.Tests.Demo;

[TestFixture]
public sealed class SeriesReaderTests
{
    [TestCase("x,y\n12.5,0\n-3e2,0\n")]
    [TestCase("x;y\n12,5;0\n-3e2;0\n")]
    [TestCase("x\ty\n12.5\t0\n-300\t0\n")]
    [TestCase("\uFEFFx|y\r\n\r\n\" 12.5 \"|\"two\r\nlines\"\r\n-300|0\r\n")]
    public void Delimiters_quotes_blank_lines_and_decimal_commas_are_understood(string text) =>
        Assert.That(Read(text).Values, Is.EqualTo(new[] { 12.5, -300 }));

    [TestCase("", "empty")]
    [TestCase("x,y\n", "no rows")]
    [TestCase("x,\u0001y\0\n1,2\n", "no text")]
    [TestCase("x,y\n1,2\n3\n", "line 3: 1 cells; expected 2")]
    [TestCase("x,y\n1,2\n\n3,4,5\n", "line 4: 3 cells; expected 2")]
    [TestCase("x,y\n1,2\n3,\"4\n", "line 3")]
    [TestCase("y,z\n1,2\n", "no column \"x\"; its first line has \"y\", \"z\"")]
    [TestCase("x,x\n1,2\n", "stands there 2 times")]
    [TestCase("x,y\n1,0\n,0\n,0\n", "2 of 3 cells")]
    public void What_is_no_table_is_refused(string text, string message) =>
        Assert.That(() => Read(text), Throws.TypeOf<InputException>().With.Message.Contains(message).And.Message.Contains("f.csv"));

    [TestCase("drizzle")]
    [TestCase("inf")]
    [TestCase("-Infinity")]
    [TestCase("1e99")]
    [TestCase("12,5")]
    [TestCase("12 %")]
    public void What_is_no_finite_number_is_refused_with_the_line(string cell) =>
        Assert.That(
            () => Read($"x,y\n1,2\n\"{cell}\",3\n4,5\n"),
            Throws.TypeOf<InputException>().With.Message.Contains("f.csv, line 3").And.Message.Contains($"\"{cell}\""));

    [Test]
    public void Case_counts_only_where_it_must()
    {
        Assert.That(Read("X,y\n1,2\n").Column, Is.EqualTo("X"));
        Assert.That(Read("X,x\n1,2\n").Values, Is.EqualTo(new[] { 2.0 }));
    }

    [Test]
    public void Missing_cells_hold_the_value_before_and_are_counted()
    {
        Series series = Read("x,y\n,0\n1,0\nNA,0\nNaN,0\n4,0\n5,0\n6,0\n");
        Assert.That(series.Values, Is.EqualTo(new double[] { 1, 1, 1, 4, 5, 6 }));
        Assert.That(series.Filled, Is.EqualTo(new[] { false, true, true, false, false, false }));
        Assert.That(series.Notes, Has.Some.Contains("3 missing cells, the first in line 2: 2 hold the last value and are not judged, 1 leading ones left out"));
    }

    [Test]
    public void Dates_are_read_and_gaps_are_reported()
    {
        Series series = Read("x,date\n1,2020-01-01\n2,2020-01-02\n3,2020-01-03\n4,2020-01-10\n5,2020-01-11\n");
        Assert.That(series.Dates![3], Is.EqualTo(new DateTime(2020, 1, 10)));
        Assert.That(series.UsualStep, Is.EqualTo(TimeSpan.FromDays(1)));
        Assert.That(series.Notes, Has.Some.Contains("1 irregular dates, the first in line 5"));
    }

    [TestCase("2020-01-03")]
    [TestCase("2020-01-02")]
    [TestCase("soon")]
    public void Dates_that_go_back_or_are_none_are_refused_with_the_line(string third) =>
        Assert.That(
            () => Read($"x,date\n1,2020-01-01\n2,2020-01-03\n3,{third}\n4,2020-01-04\n"),
            Throws.TypeOf<InputException>().With.Message.Contains("f.csv, line 4").And.Message.Contains(third));

    [TestCase("3/1/2020", "13/1/2020")]
    [TestCase("1/3/2020", "1/13/2020")]
    [TestCase("3.1.2020", "13.1.2020")]
    [TestCase("2020-01-03T00:00:00Z", "2020-01-13T00:00:00Z")]
    public void The_format_of_dates_is_the_one_that_fits_all_whatever_the_column_is_called(string first, string second) =>
        Assert.That(Read($"x,d\n1,{first}\n2,{second}\n").Dates, Is.EqualTo(new[] { new DateTime(2020, 1, 3), new DateTime(2020, 1, 13) }));

    [Test]
    public void A_file_that_begins_with_its_newest_row_is_turned_round()
    {
        Series series = Read("x,d\n3,2020-01-05\n,2020-01-02\n1,2020-01-01\n");
        Assert.That(series.Values, Is.EqualTo(new double[] { 1, 1, 3 }));
        Assert.That(series.Filled, Is.EqualTo(new[] { false, true, false }));
        Assert.That(series.Dates, Is.Ordered);
        Assert.That(series.Notes, Has.Some.Contains("turned round"));
    }

    [Test]
    public void Numbers_are_not_taken_for_dates()
    {
        Assert.That(Read("n,x\n20200101,1\n20200102,2\n").Dates, Is.Null);
        Assert.That(Read("date,x\n20200101,1\n20200102,2\n").Dates, Is.Not.Null);
    }

    private static Series Read(string text)
    {
        using var reader = new StreamReader(new MemoryStream(System.Text.Encoding.UTF8.GetBytes(text)));
        return SeriesReader.Read(reader, "f.csv", "x");
    }
}
