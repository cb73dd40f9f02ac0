using Engine.Bench;
using Engine.Bench.Compare;
using NUnit.Framework;

namespace Engine.Tests.Bench;

/// <summary>The command line of the comparison.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class CompareOptionsTests
{
    [Test]
    public void Training_is_chosen_by_an_option()
    {
        CompareOptions options = CompareOptions.Parse(["--training", "--memory", "--cell", "gru,rnn", "--hidden", "48"]);

        Assert.That((options.Training, options.Memory), Is.EqualTo((true, true)));
        Assert.That(TrainingCaseList.For(options).Select(c => (c.Cell, c.Hidden)), Is.EqualTo([(Cell.Gru, 48), (Cell.Rnn, 48)]));
    }

    [Test]
    public void Quick_training_leaves_out_the_large_layers()
    {
        CompareOptions quick = CompareOptions.Parse(["--training", "--quick"]), thorough = CompareOptions.Parse(["--training"]);

        Assert.That(TrainingCaseList.For(quick), Is.SubsetOf(TrainingCaseList.For(thorough)).And.Contains(TrainingCaseList.CharacterModel));
        Assert.That(TrainingCaseList.For(quick).Where(c => c.Inputs == c.Hidden).Max(c => c.Hidden), Is.EqualTo(128));
        Assert.That(TrainingCaseList.For(thorough).Where(c => c.Inputs == c.Hidden).Max(c => c.Hidden), Is.EqualTo(512));
    }

    [TestCase("--workload has \"train\"; expected step, run.", "--workload", "train")]
    [TestCase("--cell has \"cnn\"; expected rnn, lstm, gru.", "--cell", "cnn")]
    [TestCase("--memory goes with --training.", "--memory")]
    [TestCase("--formats does not go with --training, which is float32 only.", "--training", "--formats")]
    [TestCase("--workload names kinds of inference; it does not go with --training.", "--training", "--workload", "run")]
    public void A_wrong_command_line_is_refused(string message, params string[] args) =>
        Assert.That(() => CompareOptions.Parse(args), Throws.TypeOf<FormatException>().With.Message.EqualTo(message));
}
