using Engine.Training;

namespace Engine;

/// <content>The first step before the first step.</content>
public sealed partial class Trainer
{
    /// <summary>
    /// Runs one evaluation and one training step over zeros and puts everything back, so that later steps meet compiled code and memory
    /// that was touched before. Weights, optimizer, <see cref="Steps"/> and <see cref="State"/> stay as they are, to the bit; a forward or
    /// backward pass that was not yet used is forgotten.
    /// </summary>
    /// <remarks>
    /// To be called once, before the first step whose time matters; without it that step waits for the JIT, some 50 to 100 ms. It costs
    /// that time and about one and a half training steps, and allocates three times the weights, which it lets go of. As with a step, no
    /// other thread may run the model meanwhile.
    /// </remarks>
    public void Warmup()
    {
        ThrowIfDisposed();
        float[] weights = Model.Weights.Span.ToArray();
        long version = Model.WeightsVersion;
        float[] streams = new float[State.SnapshotLength];
        AdamOptimizer optimizer = MakeOptimizer();
        State.Save(streams);
        _optimizer.CopyTo(optimizer);

        try
        {
            // A state that holds no numbers would end the step before its way back.
            State.Reset();
            StepOverZeros();
        }
        finally
        {
            optimizer.CopyTo(_optimizer);
            State.Restore(streams);
            Model.PutBack(weights, version);
            _phase = Phase.Idle;
            _hasGradients = false;
        }
    }

    private void StepOverZeros()
    {
        int rows = _options.SequenceLength * _options.BatchSize;
        int judged = LastStepOnly ? _options.BatchSize : _tape.OutputRows;
        float[] inputs = new float[Model.Spec.TakesTokens ? 0 : rows * Model.InputSize];
        int[] tokens = new int[rows];
        if (_options.Loss == Loss.MeanSquaredError)
        {
            float[] targets = new float[judged * Model.OutputSize];
            if (Model.Spec.TakesTokens) _ = (Evaluate(tokens, targets), Step(tokens, targets));
            else _ = (Evaluate(inputs, targets), Step(inputs, targets));
            return;
        }

        // A class that counts. Where there is none, no step is possible either.
        int[] classes = new int[judged];
        classes.AsSpan().Fill(_options.IgnoreIndex == 0 ? 1 : 0);
        if (classes[0] >= Model.OutputSize) return;
        if (Model.Spec.TakesTokens) _ = (Evaluate(tokens, classes), Step(tokens, classes));
        else _ = (Evaluate(inputs, classes), Step(inputs, classes));
    }
}
