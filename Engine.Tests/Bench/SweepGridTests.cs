using Engine.Bench;
using Engine.Bench.Compare;
using Engine.Bench.Sweep;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>The sizes that a sweep goes through, and its command line.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class SweepGridTests
{
    private static readonly string[][] CommandLines = [[], ["--quick"], ["--training"], ["--training", "--quick"]];

    [TestCaseSource(nameof(CommandLines))]
    public void A_line_changes_one_size_only_and_upwards(params string[] args)
    {
        foreach (SweepLine line in SweepGrid.For(SweepOptions.Parse(args)))
        {
            int[] sizes = [.. line.Cases.Select(line.SizeOf)];
            Assert.That(sizes, Is.Ordered.And.Unique, line.Title);
            Assert.That(line.Cases.Select(point => Without(line.Axis, point)).Distinct().Count(), Is.EqualTo(1), line.Title);
            Assert.That(line.Cases.All(point => point.Inputs == point.Hidden), line.Title);
        }
    }

    [Test]
    public void Every_size_to_130_is_measured()
    {
        IReadOnlyList<SweepLine> lines = SweepGrid.For(SweepOptions.Parse([]));

        Assert.That(lines.Select(line => line.Cell).Distinct(), Is.EquivalentTo([Cell.Lstm, Cell.Gru, Cell.Rnn]));
        Assert.That(lines.All(line => line.Cases.Select(line.SizeOf).SequenceEqual(Enumerable.Range(1, 130))));
        Assert.That(lines.Where(line => line.Axis == SweepAxis.Hidden).Select(line => line.Cases[0].Batch).Distinct(), Is.EqualTo([1, 8, 32]));
        Assert.That(lines.Where(line => line.Axis == SweepAxis.Batch).Select(line => line.Cases[0].Hidden).Distinct(), Is.EqualTo([16, 64, 100, 128]));
    }

    [TestCase]
    [TestCase("--training")]
    public void Quick_lines_are_thinned_out(params string[] args)
    {
        IEnumerable<Case> all = SweepGrid.For(SweepOptions.Parse(args)).SelectMany(line => line.Cases).Distinct();
        IEnumerable<Case> quick = SweepGrid.For(SweepOptions.Parse([.. args, "--quick"])).SelectMany(line => line.Cases).Distinct();

        // Not a constraint of NUnit's: it compares each with each.
        Assert.That(quick.ToHashSet().IsProperSubsetOf(all), Is.True);
    }

    [Test]
    public void Training_goes_through_batches_and_lengths()
    {
        IReadOnlyList<SweepLine> lines = SweepGrid.For(SweepOptions.Parse(["--training", "--cell", "gru"]));

        Assert.That(lines.SelectMany(line => line.Cases).All(point => point is TrainingCase { Cell: Cell.Gru }));
        Assert.That(
            lines.Where(line => line.Axis == SweepAxis.Batch).All(line => line.Cases.Select(line.SizeOf).SequenceEqual(Enumerable.Range(1, 8))));
        Assert.That(
            lines.Where(line => line.Axis == SweepAxis.Steps).SelectMany(line => line.Cases.Select(line.SizeOf)).Distinct(),
            Is.EqualTo([100, 1000, 10_000]));
    }

    [Test]
    public void Costs_are_by_the_description_and_by_whole_blocks()
    {
        // 2 · 4 gates · 17 · (17 + 17) · T=20 · B=3 operations in 1 µs; 32 units are computed.
        var point = new SweepPoint(new Case(WorkloadKind.Run, Cell.Lstm, 17, 17, 20, 3), new Sample(1, 1, 1));
        double flops = 2.0 * 4 * 17 * 34 * 20 * 3;

        Assert.That(point.PsPerFlop, Is.EqualTo(1e6 / flops).Within(1e-9));
        Assert.That(point.PsPerPaddedFlop, Is.EqualTo(point.PsPerFlop * 17 / 32).Within(1e-9));
        Assert.That(point.NsPerStreamStep, Is.EqualTo(1000.0 / 60).Within(1e-9));
    }

    [Test]
    public void The_command_line_is_read()
    {
        SweepOptions options = SweepOptions.Parse(["--quick", "--training", "--no-pin", "--cell", "RNN, lstm", "--json", "a", "--svg", "b"]);

        Assert.That((options.Quick, options.Training, options.Pin, options.WantsHelp), Is.EqualTo((true, true, false, false)));
        Assert.That((options.JsonFile, options.SvgFile), Is.EqualTo(("a", "b")));
        Assert.That(options.Cells, Is.EqualTo([Cell.Rnn, Cell.Lstm]));
    }

    [TestCase("--cell has \"cnn\"; expected rnn, lstm, gru.", "--cell", "cnn")]
    [TestCase("--json expects a value.", "--json", "--quick")]
    [TestCase("unknown option \"--hidden\"; --help lists those there are.", "--hidden")]
    public void A_wrong_command_line_is_refused(string message, params string[] args) =>
        Assert.That(() => SweepOptions.Parse(args), Throws.TypeOf<FormatException>().With.Message.EqualTo(message));

    private static Case Without(SweepAxis axis, Case point) => axis switch
    {
        SweepAxis.Hidden => point with { Hidden = 0, Inputs = 0 },
        SweepAxis.Batch => point with { Batch = 0 },
        _ => point with { Steps = 0 },
    };
}
