using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Engine.Kernels;

namespace Engine;

/// <content>
/// Running: the public edge of a step, what can be done before it, and a block of steps. All checks of inputs stand here.
/// </content>
public sealed unsafe partial class SequenceModel
{
    /// <summary>One time step of every stream of <paramref name="state"/>.</summary>
    /// <param name="state">The streams' memory, made by this model; moves on by one step.</param>
    /// <param name="x">[B, features].</param>
    /// <param name="y">
    /// [B, outputs], written. A layer that answers on the last step only answers here, too. May overlap <paramref name="x"/>.
    /// </param>
    /// <exception cref="ArgumentException">A wrong length, a state of another model, or a model of tokens.</exception>
    /// <exception cref="ObjectDisposedException">The model or the state is disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(StreamState state, ReadOnlySpan<float> x, Span<float> y)
    {
        int batch = CheckState(state, wantsTokens: false);
        Check.Length(x.Length, batch * InputSize, nameof(x), "batch × features");
        Check.Length(y.Length, batch * OutputSize, nameof(y), "batch × outputs");
        fixed (float* input = x)
        {
            state.Memory.Step(null, new Rows(input, InputSize), y, WeightsVersion);
        }

        KeepAlive(state);
    }

    /// <summary>One time step of every stream of <paramref name="state"/>, from token ids.</summary>
    /// <param name="state">The streams' memory, made by this model; moves on by one step.</param>
    /// <param name="tokens">[B] ids, 0 to vocabulary − 1.</param>
    /// <param name="y">[B, outputs], written.</param>
    /// <inheritdoc cref="Step(StreamState, ReadOnlySpan{float}, Span{float})" path="/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Step(StreamState state, ReadOnlySpan<int> tokens, Span<float> y)
    {
        int batch = CheckState(state, wantsTokens: true);
        Check.Length(tokens.Length, batch, nameof(tokens), "batch");
        Check.Length(y.Length, batch * OutputSize, nameof(y), "batch × outputs");
        CheckTokens(tokens);
        fixed (int* ids = tokens)
        {
            state.Memory.Step(ids, default, y, WeightsVersion);
        }

        KeepAlive(state);
    }

    /// <summary>
    /// Does what the next Step can do before its input is there, so that from input to answer less is left. The answer is the same to the bit.
    /// </summary>
    /// <remarks>
    /// To be called when an answer is out and the host would wait for the next input. It makes the sums over the hidden state, which with few inputs
    /// are nearly all of a step: an LSTM of 256 units and one input then answers in a fifteenth of the time, one of 64 in a third. With as many
    /// inputs as units it saves up to half; a reset-before GRU leaves its candidate's sum to the step; below 32 units little is gained. Both calls
    /// together take about as long as a Step alone, so a host that never waits does without. Whatever comes instead of that Step is right as
    /// well: Run, Reset, a state set or restored, and changed weights make what was prepared forgotten. Allocates nothing.
    /// </remarks>
    /// <param name="state">The streams' memory, made by this model; does not move.</param>
    /// <exception cref="ArgumentException">A state of another model.</exception>
    /// <exception cref="ObjectDisposedException">The model or the state is disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Prepare(StreamState state)
    {
        _ = CheckState(state, _takesTokens);
        state.Memory.Prepare(WeightsVersion);
        KeepAlive(state);
    }

    /// <summary>T time steps of every stream at once: the same bits as T calls of Step, in less time.</summary>
    /// <param name="state">The streams' memory, made by this model; moves on by T steps.</param>
    /// <param name="x">[T, B, features]; T follows from the length. T = 0 changes nothing.</param>
    /// <param name="y">
    /// [T, B, outputs], written; [B, outputs] if the model answers on the last step only (empty for T = 0). May begin where
    /// <paramref name="x"/> does if there are no more outputs than features, or lie anywhere in it if the model answers on the last step only; must not overlap
    /// it otherwise.
    /// </param>
    /// <exception cref="ArgumentException">A wrong length, an overlap, a state of another model, or a model of tokens.</exception>
    /// <exception cref="ObjectDisposedException">The model or the state is disposed.</exception>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(StreamState state, ReadOnlySpan<float> x, Span<float> y)
    {
        int batch = CheckState(state, wantsTokens: false);
        int steps = StepsOf(x.Length, batch * InputSize, nameof(x), "batch × features");
        CheckOutput(y.Length, steps, batch);
        CheckOverlap(x, y);
        fixed (float* input = x)
        {
            state.Memory.Run(steps, null, new Rows(input, InputSize), y);
        }

        KeepAlive(state);
    }

    /// <summary>T time steps of every stream at once, from token ids.</summary>
    /// <param name="state">The streams' memory, made by this model; moves on by T steps.</param>
    /// <param name="tokens">[T, B] ids, 0 to vocabulary − 1; T follows from the length. T = 0 changes nothing.</param>
    /// <param name="y">[T, B, outputs], written; [B, outputs] if the model answers on the last step only (empty for T = 0).</param>
    /// <inheritdoc cref="Run(StreamState, ReadOnlySpan{float}, Span{float})" path="/exception"/>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Run(StreamState state, ReadOnlySpan<int> tokens, Span<float> y)
    {
        int batch = CheckState(state, wantsTokens: true);
        int steps = StepsOf(tokens.Length, batch, nameof(tokens), "batch");
        CheckOutput(y.Length, steps, batch);
        CheckTokens(tokens);
        fixed (int* ids = tokens)
        {
            state.Memory.Run(steps, ids, default, y);
        }

        KeepAlive(state);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal void CheckTokens(ReadOnlySpan<int> tokens)
    {
        for (int i = 0; i < tokens.Length; i++)
        {
            if ((uint)tokens[i] >= (uint)Spec.Vocabulary)
                throw new ArgumentException($"tokens has id {tokens[i]} at index {i}; expected 0 to {Spec.Vocabulary - 1}.", nameof(tokens));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private int CheckState(StreamState state, bool wantsTokens)
    {
        if (_disposed || state is null || state.IsDisposed || state.Model != this || _takesTokens != wantsTokens) ThrowState(state, wantsTokens);
        return state!.BatchSize;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ThrowState(StreamState? state, bool wantsTokens)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentNullException.ThrowIfNull(state);
        ObjectDisposedException.ThrowIf(state.IsDisposed, state);
        if (state.Model != this) throw new ArgumentException("the state was made by another model; expected one from this model's CreateState.", nameof(state));
        throw wantsTokens
            ? new ArgumentException($"token ids came; this model takes {Spec.Features} numeric features per step (1f is a number, 1 an id).", "tokens")
            : new ArgumentException("numbers came; this model takes token ids.", "x");
    }

    // They hold the memory that the kernels' pointers point into.
    private void KeepAlive(StreamState state)
    {
        GC.KeepAlive(this);
        GC.KeepAlive(state);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int StepsOf(int length, int perStep, string name, string meaning) => length % perStep == 0
        ? length / perStep
        : throw new ArgumentException($"{name} has {length} values; expected a multiple of {perStep} ({meaning}).", name);

    // Outputs are written a block of steps at a time, while later inputs are still to be read. From the same start on, and no wider,
    // they only ever reach inputs that were read.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CheckOverlap(ReadOnlySpan<float> x, Span<float> y)
    {
        bool inPlace = _lastStepOnly || OutputSize <= InputSize;
        nint bytes = Unsafe.ByteOffset(ref MemoryMarshal.GetReference(x), ref MemoryMarshal.GetReference(y));
        bool overlap = bytes < 0 ? -bytes < (nint)y.Length * sizeof(float) : bytes < (nint)x.Length * sizeof(float);
        if (overlap && !(inPlace && (bytes == 0 || _lastStepOnly)))
        {
            nint offset = bytes / sizeof(float);
            throw new ArgumentException(
                $"y overlaps x, {offset} values on; expected other memory, or the same start with no more outputs than features.", nameof(y));
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void CheckOutput(int length, int steps, int batch)
    {
        long expected = _lastStepOnly ? (steps == 0 ? 0 : (long)batch * OutputSize) : (long)steps * batch * OutputSize;
        if (length != expected)
        {
            string meaning = _lastStepOnly ? "batch × outputs, the answer on the last step" : "steps × batch × outputs";
            throw new ArgumentException($"y has {length} values; expected {expected} ({meaning}).", "y");
        }
    }
}
