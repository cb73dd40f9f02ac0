using NUnit.Framework;

namespace Engine.Tests.Contract;

[TestFixture]
internal sealed class StreamStatePoolTests
{
    private static readonly ModelSpec Spec = ModelSpec.Input(2).Lstm(5).Linear(1);

    [Test]
    public void Borrowed_states_are_zero_even_after_use()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        var pool = new StreamStatePool(model, batchSize: 2);
        StreamState state = pool.Get();
        model.Step(state, [1f, 2f, 3f, 4f], new float[2]);
        Assert.That(Numbers.Snapshot(state), Has.Some.Not.EqualTo(0f));
        pool.Return(state);

        StreamState again = pool.Get();
        Assert.That(again, Is.SameAs(state), "the pool did not keep what was returned");
        Assert.That(Numbers.Snapshot(again), Is.All.EqualTo(0f));
    }

    [Test]
    public void A_state_disposed_after_its_return_is_not_given_out()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        var pool = new StreamStatePool(model);
        using (StreamState state = pool.Get()) pool.Return(state);
        Assert.That(() => model.Step(pool.Get(), [1f, 2f], new float[1]), Throws.Nothing);
    }

    [Test]
    public void A_state_goes_back_once_and_only_where_it_came_from()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        var pool = new StreamStatePool(model);
        StreamState borrowed = pool.Get();
        Assert.That(() => new StreamStatePool(model).Return(borrowed), Throws.InvalidOperationException.With.Message.Contains("not borrowed"));
        pool.Return(borrowed);
        Assert.That(() => pool.Return(borrowed), Throws.InvalidOperationException.With.Message.Contains("already back"));
        using StreamState own = model.CreateState();
        Assert.That(() => pool.Return(own), Throws.InvalidOperationException);
        Assert.That(new[] { pool.Get(), pool.Get() }, Is.Unique);
    }

    [Test]
    public void Nobody_else_has_a_borrowed_state()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        var pool = new StreamStatePool(model);
        Assert.That(Enumerable.Range(0, 20).Select(_ => pool.Get()).ToArray(), Is.Unique);
    }

    [Test]
    public void Of_a_disposed_model_it_gives_none()
    {
        SequenceModel model = SequenceModel.Create(Spec);
        var pool = new StreamStatePool(model);
        pool.Return(pool.Get());
        model.Dispose();
        Assert.That(pool.Get, Throws.InstanceOf<ObjectDisposedException>());
    }

    [Test]
    public void It_keeps_as_many_as_asked()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        var pool = new StreamStatePool(model, maximumRetained: 2);
        StreamState[] first = [.. Enumerable.Range(0, 4).Select(_ => pool.Get())];
        foreach (StreamState state in first) pool.Return(state);
        StreamState[] second = [.. Enumerable.Range(0, 4).Select(_ => pool.Get())];
        Assert.That(second.Count(first.Contains), Is.EqualTo(2));
    }

    [Test]
    public void States_are_of_its_model_and_batch_size()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        var pool = new StreamStatePool(model, batchSize: 3);
        StreamState state = pool.Get();
        Assert.That((pool.Model, pool.BatchSize, state.Model, state.BatchSize), Is.EqualTo((model, 3, model, 3)));
    }

    [Test]
    public void Threads_never_share_a_state()
    {
        using SequenceModel model = SequenceModel.Create(Spec);
        var pool = new StreamStatePool(model);
        using StreamState alone = model.CreateState();
        var expected = new float[1];
        model.Step(alone, [1f, 2f], expected);

        Parallel.For(0, 2000, new ParallelOptions { MaxDegreeOfParallelism = 4 }, _ =>
        {
            StreamState state = pool.Get();
            var y = new float[1];
            model.Step(state, [1f, 2f], y);
            pool.Return(state);
            if (!y.AsSpan().SequenceEqual(expected)) throw new InvalidOperationException($"{y[0]} instead of {expected[0]}");
        });
    }
}
