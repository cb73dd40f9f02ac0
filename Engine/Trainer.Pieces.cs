using System.Numerics.Tensors;
using Engine.Kernels;
using Engine.Layout;
using Engine.Training;

namespace Engine;

/// <content>The pieces of a training step, for losses of one's own: Forward, Backward, Update, and the gradients in between.</content>
public sealed partial class Trainer
{
    private const double NormEpsilon = 1e-6;

    // Beyond, the square that Adam keeps is no finite float, and the weight would never move again.
    private const float LargestGradient = 1e18f;

    /// <summary>Runs the model over numbers, recording what <see cref="Backward"/> needs.</summary>
    /// <param name="inputs">[T, B, features].</param>
    /// <returns>
    /// The outputs [T, B, outputs], or [B, outputs] if the model answers on the last step only; valid until the next pass.
    /// </returns>
    public ReadOnlySpan<float> Forward(ReadOnlySpan<float> inputs)
    {
        ThrowIfDisposed();
        Record(inputs);
        _hasGradients = false;
        return _outputs;
    }

    /// <summary>Runs the model over token ids, recording what <see cref="Backward"/> needs.</summary>
    /// <param name="tokens">[T, B] ids.</param>
    /// <inheritdoc cref="Forward(ReadOnlySpan{float})" path="/returns"/>
    public ReadOnlySpan<float> Forward(ReadOnlySpan<int> tokens)
    {
        ThrowIfDisposed();
        Record(tokens);
        _hasGradients = false;
        return _outputs;
    }

    /// <summary>
    /// Goes back over the last <see cref="Forward(ReadOnlySpan{float})"/>: the gradients of all parameters, of the initial state, and if
    /// asked of the inputs.
    /// </summary>
    /// <param name="outputGradient">Gradient of the loss by the outputs, of their length.</param>
    /// <exception cref="InvalidOperationException">
    /// There was no forward pass, it was already gone over, or the weights have changed since.
    /// </exception>
    public void Backward(ReadOnlySpan<float> outputGradient)
    {
        Expect(Phase.Forward, nameof(Backward));
        if (Model.WeightsVersion != _recordedVersion)
            throw new InvalidOperationException("the model's weights have changed since the forward pass; expected another forward pass first.");

        Check.Length(outputGradient.Length, _outputs.Length, nameof(outputGradient), "as many as outputs");
        BackwardOver(outputGradient);
    }

    /// <summary>
    /// Clips the gradients and updates the weights; with <see cref="TrainerOptions.CarryState"/> also moves the state on.
    /// </summary>
    /// <returns>The norm before clipping, and whether the weights were updated.</returns>
    /// <exception cref="InvalidOperationException">There was no backward pass, or its gradients were already used.</exception>
    public TrainingStep Update()
    {
        Expect(Phase.Backward, nameof(Update));
        _phase = Phase.Idle;
        double norm = GradientNorm();
        float scale = _options.ClipNorm is { } limit ? (float)Math.Min(1, limit / (norm + NormEpsilon)) : 1f;
        float bound = _options.ClipValue is { } value ? (float)value : float.PositiveInfinity;

        // No gradient is larger than the norm. A NaN fails the comparison.
        if (!(Math.Min(norm * scale, bound) <= LargestGradient) || !float.IsFinite((float)norm))
        {
            (string Tensor, int? TimeStep)? found = NonFiniteSearch.InBackward(_tape, Model.Layers, LargestGradient);
            KeepAlive();
            return new(float.NaN, (float)norm, found is { } at ? new(at.Tensor, at.TimeStep) : new NonFinite("gradient norm", null));
        }

        _optimizer.Update(_learningRate, scale, bound, _gradients, Model.Weights);
        Model.WeightsChanged();
        if (_options.CarryState) CarryState();
        KeepAlive();
        return new(float.NaN, (float)norm, null);
    }

    /// <summary>Copies the gradient of a tensor out, before clipping, in PyTorch's layout.</summary>
    /// <param name="name">PyTorch's name; see <see cref="SequenceModel.Parameters"/>.</param>
    /// <param name="destination">As many values as the tensor has.</param>
    /// <exception cref="InvalidOperationException">There was no backward pass.</exception>
    public void GetGradient(string name, Span<float> destination)
    {
        ExpectGradients(nameof(GetGradient));
        Model.Find(name, destination.Length, nameof(destination)).Unpack(_gradients.Span, destination);
    }

    /// <summary>Copies the gradient of the initial hidden states of a recurrent layer out.</summary>
    /// <param name="layer">0 to <see cref="StreamState.RecurrentLayerCount"/> − 1.</param>
    /// <param name="dh">[B, hidden].</param>
    /// <exception cref="InvalidOperationException">There was no backward pass.</exception>
    public void GetInitialHiddenGradient(int layer, Span<float> dh)
    {
        ExpectGradients(nameof(GetInitialHiddenGradient));
        Check.Length(dh.Length, _options.BatchSize * State.HiddenSize(layer), nameof(dh), "batch × hidden");
        CopyOut(_tape.HiddenGradient(State.IndexOf(layer)), dh);
    }

    /// <summary>Copies the gradient of the initial cells of an LSTM layer out.</summary>
    /// <param name="layer">0 to <see cref="StreamState.RecurrentLayerCount"/> − 1.</param>
    /// <param name="dc">[B, hidden].</param>
    /// <exception cref="ArgumentException">The layer has no cell.</exception>
    /// <exception cref="InvalidOperationException">There was no backward pass.</exception>
    public void GetInitialCellGradient(int layer, Span<float> dc)
    {
        ExpectGradients(nameof(GetInitialCellGradient));
        if (!State.HasCell(layer)) throw new ArgumentException($"recurrent layer {layer} has no cell; only an LSTM has.", nameof(layer));
        Check.Length(dc.Length, _options.BatchSize * State.HiddenSize(layer), nameof(dc), "batch × hidden");
        CopyOut(_tape.CellGradient(State.IndexOf(layer)), dc);
    }

    private void Record(ReadOnlySpan<float> inputs)
    {
        if (Model.Spec.TakesTokens) throw new ArgumentException("numbers came; this model takes token ids.", nameof(inputs));
        Check.Length(inputs.Length, _options.SequenceLength * _options.BatchSize * Model.InputSize, nameof(inputs), "steps × batch × features");
        BeginForward();
        _tape.Forward(inputs, _outputs);
        EndForward();
    }

    private void Record(ReadOnlySpan<int> tokens)
    {
        if (!Model.Spec.TakesTokens)
            throw new ArgumentException($"token ids came; this model takes {Model.InputSize} numeric features per step.", nameof(tokens));

        Check.Length(tokens.Length, _options.SequenceLength * _options.BatchSize, nameof(tokens), "steps × batch");
        Model.CheckTokens(tokens);
        BeginForward();
        _tape.Forward(tokens, _outputs);
        EndForward();
    }

    private void BeginForward()
    {
        _phase = Phase.Idle;
        _recordedVersion = Model.WeightsVersion;
        for (int layer = 0; layer < State.RecurrentLayerCount; layer++)
        {
            int index = State.IndexOf(layer);
            Rows.Copy(State.Hidden(layer), _tape.InitialHidden(index), State.BatchSize, State.HiddenSize(layer));
            if (State.HasCell(layer)) Rows.Copy(State.Cell(layer), _tape.InitialCell(index), State.BatchSize, State.HiddenSize(layer));
        }
    }

    private void EndForward()
    {
        _phase = Phase.Forward;
        KeepAlive();
    }

    private void BackwardOver(ReadOnlySpan<float> outputGradient)
    {
        _hasGradients = true;
        _tape.Backward(outputGradient);
        _phase = Phase.Backward;
        KeepAlive();
    }

    // All memory that the kernels' pointers point into hangs on the trainer.
    private void KeepAlive() => GC.KeepAlive(this);

    private double GradientNorm() => _options.ClipNormKind == NormKind.L2
        ? Math.Sqrt(FixedSums.OfSquares(_gradients.Span))
        : Math.Abs(TensorPrimitives.MaxMagnitude<float>(_gradients.Span));

    // The end of the recorded steps becomes the beginning of the next ones.
    private void CarryState()
    {
        for (int layer = 0; layer < State.RecurrentLayerCount; layer++)
        {
            int index = State.IndexOf(layer);
            Rows.Copy(_tape.FinalHidden(index), State.HiddenToWrite(layer), State.BatchSize, State.HiddenSize(layer));
            if (State.HasCell(layer)) Rows.Copy(_tape.FinalCell(index), State.Cell(layer), State.BatchSize, State.HiddenSize(layer));
        }
    }

    private void CopyOut(Rows rows, Span<float> values)
    {
        rows.CopyTo(values, values.Length / _options.BatchSize);
        KeepAlive();
    }
}
