using Engine.Demo;
using Engine.Demo.Tasks;
using NUnit.Framework;

namespace Engine.Tests.Demo;

[TestFixture]
[Parallelizable(ParallelScope.All)]
public sealed class TaskDataTests
{
    [Test]
    public void A_sum_is_that_of_the_two_marked_numbers()
    {
        const int Batch = 5;
        float[] inputs = new float[AddingTask.Length * Batch * 2];
        float[] sums = new float[Batch];
        AddingTask.Draw(new SmallRandom(1), Batch, inputs, sums);
        for (int b = 0; b < Batch; b++)
        {
            int[] marked = [.. Enumerable.Range(0, AddingTask.Length).Where(t => inputs[(((t * Batch) + b) * 2) + 1] == 1)];
            Assert.That(marked, Has.Length.EqualTo(2));
            Assert.That(marked[0], Is.LessThan(AddingTask.Length / 2));
            Assert.That(marked[1], Is.GreaterThanOrEqualTo(AddingTask.Length / 2));
            Assert.That(sums[b], Is.EqualTo(inputs[((marked[0] * Batch) + b) * 2] + inputs[((marked[1] * Batch) + b) * 2]));
        }
    }

    [Test]
    public void The_symbol_stands_once_and_as_long_ago_as_asked()
    {
        int[] tokens = new int[41 * 3];
        int symbol = RecallTask.Draw(new SmallRandom(2), delay: 7, row: 1, batch: 3, tokens);
        int[] row = [.. Enumerable.Range(0, 41).Select(t => tokens[(t * 3) + 1])];
        Assert.That(row[41 - 1 - 7], Is.EqualTo(symbol));
        Assert.That(row.Count(token => token < RecallTask.Symbols), Is.EqualTo(1));
        Assert.That(row[^1], Is.EqualTo(RecallTask.Symbols + RecallTask.Distractors));
    }

    [Test]
    public void Baselines_are_what_theory_says()
    {
        DemoTask adding = new AddingTask(1);
        Assert.That(adding.Baseline.Loss, Is.EqualTo(1.0 / 6).Within(10).Percent);
        DemoTask sine = new SineTask(1);
        Assert.That(sine.Floor!.Loss, Is.EqualTo(0.01).Within(15).Percent);
        Assert.That(sine.Baseline.Loss, Is.GreaterThan(2 * sine.Floor.Loss));
        DemoTask text = new TextTask(1);
        Assert.That(text.Baseline.Loss, Is.GreaterThan(2 * text.Floor!.Loss));
    }

    [TestCase("sine")]
    [TestCase("adding")]
    [TestCase("recall")]
    [TestCase("text")]
    public void Equal_seeds_train_equally_and_others_do_not(string name)
    {
        TaskEntry entry = TaskCatalog.All.Single(task => task.Name == name);
        float[] first = Losses(entry, 1);
        float[] again = Losses(entry, 1);
        Assert.That(again, Is.EqualTo(first));
        Assert.That(Losses(entry, 2), Is.Not.EqualTo(first));
    }

    [TestCase("sine")]
    [TestCase("adding")]
    [TestCase("recall")]
    [TestCase("text")]
    public void A_training_step_with_its_data_allocates_nothing(string name)
    {
        DemoTask task = TaskCatalog.All.Single(entry => entry.Name == name).Create(1);
        using SequenceModel model = SequenceModel.Create(task.Describe(Cell.Gru, 8));
        using var trainer = new Trainer(model, task.Training);
        for (int i = 0; i < 3; i++) task.Train(trainer);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10; i++) task.Train(trainer);
        Assert.That(GC.GetAllocatedBytesForCurrentThread() - before, Is.Zero);
    }

    private static float[] Losses(TaskEntry entry, ulong seed)
    {
        DemoTask task = entry.Create(seed);
        using SequenceModel model = SequenceModel.Create(task.Describe(Cell.Lstm, 8), seed);
        using var trainer = new Trainer(model, task.Training);
        return [.. Enumerable.Range(0, 3).Select(_ => task.Train(trainer).Loss)];
    }
}
