using Microsoft.Extensions.ObjectPool;

namespace Engine;

/// <summary>
/// States to borrow and give back, for hosts that serve many short streams; over Microsoft.Extensions.ObjectPool. Safe for any
/// number of threads.
/// </summary>
public sealed class StreamStatePool
{
    private readonly ObjectPool<StreamState> _pool;

    /// <summary>Makes an empty pool; states are made as they are asked for.</summary>
    /// <param name="model">The model whose states it holds.</param>
    /// <param name="batchSize">Streams per state.</param>
    /// <param name="maximumRetained">
    /// States kept for later at most; 0 for twice the number of processors. Those given back beyond that are let go of, and made anew when they are
    /// needed: so many as there are streams at once, if nothing is to be allocated.
    /// </param>
    public StreamStatePool(SequenceModel model, int batchSize = 1, int maximumRetained = 0)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentOutOfRangeException.ThrowIfNegative(maximumRetained);
        Model = model;
        BatchSize = Check.Positive(batchSize);
        _pool = new DefaultObjectPool<StreamState>(
            new Policy(model, batchSize), maximumRetained == 0 ? 2 * Environment.ProcessorCount : maximumRetained);
    }

    /// <summary>The model whose states the pool holds.</summary>
    public SequenceModel Model { get; }

    /// <summary>Streams per state.</summary>
    public int BatchSize { get; }

    /// <summary>A state that nobody else has, all zero: one that was given back, or a new one, which allocates.</summary>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public StreamState Get()
    {
        Model.ThrowIfDisposed();

        // A state may have been disposed, or stepped by mistake, after it was given back.
        StreamState state;
        do state = _pool.Get();
        while (state.IsDisposed);
        state.Reset();
        state.LentBy(this);
        return state;
    }

    /// <summary>Gives a state back, once. It must not be used any more.</summary>
    /// <param name="state">A state of the pool's model and batch size.</param>
    /// <exception cref="ArgumentException">The state belongs to another model or has another batch size.</exception>
    /// <exception cref="InvalidOperationException">The state did not come from this pool, or is already back.</exception>
    public void Return(StreamState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Model != Model || state.BatchSize != BatchSize)
        {
            throw new ArgumentException(
                $"the state is of {(state.Model == Model ? "this" : "another")} model with batch size {state.BatchSize}; "
                + $"expected this model and batch size {BatchSize}.",
                nameof(state));
        }

        ObjectDisposedException.ThrowIf(state.IsDisposed, state);
        if (!state.GiveBack(this))
            throw new InvalidOperationException("the state was not borrowed from this pool, or is already back; expected one return for each Get.");

        _pool.Return(state);
    }

    private sealed class Policy(SequenceModel model, int batchSize) : PooledObjectPolicy<StreamState>
    {
        public override StreamState Create() => model.CreateState(batchSize);

        public override bool Return(StreamState obj) => true;
    }
}
