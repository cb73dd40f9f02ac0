using System.Text.RegularExpressions;
using Engine.Tests.Samples;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>The README's C# is compiled and run: every block is the marked region of a file in Samples, to the letter.</summary>
[TestFixture]
internal sealed partial class ReadmeTests
{
    private static readonly string Readme = Source.Read(Path.Combine(Source.Root, "README.md"));

    private static IEnumerable<string> SampleFiles =>
        Source.Files("Engine.Tests").Select(Source.Relative)
            .Where(file => file.StartsWith("Engine.Tests/Samples/", StringComparison.Ordinal));

    [TestCaseSource(nameof(SampleFiles))]
    public void Shows_the_sample(string file) =>
        Assert.That(Blocks(), Does.Contain(Region(file)), $"README.md has no csharp block with {file}");

    [Test]
    public void Shows_no_other_code()
    {
        Assert.That(Blocks(), Is.Not.Empty);
        Assert.That(Blocks(), Is.SubsetOf(SampleFiles.Select(Region)));
    }

    [Test]
    public void The_samples_run()
    {
        string file = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        try
        {
            FirstStepSample.Run();
            float[] series = [.. Enumerable.Range(0, 400).Select(i => MathF.Sin(0.2f * i))];
            float loss = TrainSample.Run(series, file);
            Assert.That(loss, Is.LessThan(0.01f));

            float[] forecasts = StepSample.Run(file, series);
            Assert.That(forecasts, Has.Length.EqualTo(series.Length));
            for (int i = 50; i < series.Length - 1; i++) Assert.That(forecasts[i], Is.EqualTo(series[i + 1]).Within(0.3f), $"forecast {i}");

            // Two streams that get the same values.
            using SequenceModel model = SequenceModel.Load(file);
            float[] both = ManyStreamsSample.Run(model, [.. series.SelectMany(value => (float[])[value, value])], streams: 2);
            Assert.That(both, Is.EqualTo(forecasts.SelectMany(value => (float[])[value, value])).AsCollection);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string[] Blocks() => [.. CodeBlock().Matches(Readme).Select(match => match.Groups["code"].Value.TrimEnd())];

    // What stands between the marks, moved left by the indentation of its first line.
    private static string Region(string file)
    {
        Match region = MarkedRegion().Match(Source.Read(Path.Combine(Source.Root, file)));
        Assert.That(region.Success, Is.True, $"{file} has no region between // <sample> and // </sample>");
        string[] lines = region.Groups["code"].Value.Split('\n');
        int indentation = lines[0].Length - lines[0].TrimStart().Length;
        return string.Join('\n', lines.Select(line => line.Length == 0 ? line : line[indentation..])).TrimEnd();
    }

    [GeneratedRegex(@"^```(?:csharp|cs|c#)\n(?<code>.*?)^```", RegexOptions.Singleline | RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex CodeBlock();

    [GeneratedRegex(@"// <sample>\n(?<code>.*?)\n *// </sample>", RegexOptions.Singleline)]
    private static partial Regex MarkedRegion();
}
