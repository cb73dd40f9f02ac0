using Engine.Kernels;
using Engine.Layout;

namespace Engine;

public sealed unsafe partial class SequenceModel
{
    /// <summary>
    /// How the weight matrices of the recurrent layers are kept: <see cref="WeightFormat.Float32"/>, or what <see cref="ForInference"/> was
    /// asked for.
    /// </summary>
    public WeightFormat WeightFormat => _inference?.Weights ?? WeightFormat.Float32;

    /// <summary>
    /// How near sigmoid and tanh come to the true values: <see cref="ActivationAccuracy.Exact"/>, or what <see cref="ForInference"/> was
    /// asked for.
    /// </summary>
    public ActivationAccuracy Activations => _inference?.Activations ?? ActivationAccuracy.Exact;

    /// <summary>
    /// Makes a model that only runs, such as one with smaller weights or quicker activations: the same description, a copy of the weights and of
    /// <see cref="Metadata"/>. This model stays as it is and may be disposed of.
    /// </summary>
    /// <remarks>
    /// With the same options the promise holds as ever: stepping, running a block, a row of a batch and every vector width give the
    /// same bits. With other options the outputs differ; <see cref="CompareOutputs(SequenceModel, ReadOnlySpan{float})"/> says by how
    /// much. The new model refuses <see cref="SetParameter"/>, <see cref="Save(string)"/> and a <see cref="Trainer"/>. To keep it in a file, save
    /// this one, and call ForInference again after loading: the same weights give the same bits.
    /// </remarks>
    /// <param name="options">How.</param>
    /// <returns>The new model.</returns>
    /// <exception cref="ArgumentOutOfRangeException">An option is none of its values.</exception>
    /// <exception cref="NotSupportedException">This model was made by ForInference itself.</exception>
    public SequenceModel ForInference(InferenceOptions options)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(options);
        options.Validate();
        ThrowIfForInference(nameof(ForInference));

        var model = new SequenceModel(Spec, InstructionSet, options);
        for (int i = 0; i < _parameters.Length; i++)
        {
            float[] values = new float[_parameters[i].Count];
            _parameters[i].Unpack(Weights.Span, values);
            model._parameters[i].Pack(values, model.Weights.Span);
        }

        foreach ((string key, string value) in _metadata) model._metadata.Add(key, value);
        model.WeightsChanged();
        return model;
    }

    /// <summary>
    /// How far another model's outputs are from this one's: runs both over a sequence from the zero state. Meant for a model with smaller
    /// weights, on data of your own. Allocates memory for both outputs.
    /// </summary>
    /// <param name="other">The model to judge, of the same description. This model is the reference.</param>
    /// <param name="x">[T, features]: one stream, at least one step.</param>
    /// <exception cref="ArgumentException">A wrong length, another description, or a model of tokens.</exception>
    public OutputDifference CompareOutputs(SequenceModel other, ReadOnlySpan<float> x)
    {
        CheckComparable(other, x.Length, nameof(x));
        float[] expected = new float[OutputsOf(StepsOf(x.Length, InputSize, nameof(x), "features"), nameof(x))];
        float[] actual = new float[expected.Length];
        using (StreamState state = CreateState()) Run(state, x, expected);
        using (StreamState state = other.CreateState()) other.Run(state, x, actual);
        return OutputDifference.Between(expected, actual);
    }

    /// <summary>The same from token ids.</summary>
    /// <param name="other">The model to judge, of the same description. This model is the reference.</param>
    /// <param name="tokens">[T] ids: one stream, at least one step.</param>
    /// <inheritdoc cref="CompareOutputs(SequenceModel, ReadOnlySpan{float})" path="/exception"/>
    public OutputDifference CompareOutputs(SequenceModel other, ReadOnlySpan<int> tokens)
    {
        CheckComparable(other, tokens.Length, nameof(tokens));
        float[] expected = new float[OutputsOf(tokens.Length, nameof(tokens))];
        float[] actual = new float[expected.Length];
        using (StreamState state = CreateState()) Run(state, tokens, expected);
        using (StreamState state = other.CreateState()) other.Run(state, tokens, actual);
        return OutputDifference.Between(expected, actual);
    }

    internal void ThrowIfForInference(string what)
    {
        if (_inference is null) return;
        throw new NotSupportedException(
            $"{what} came for a model that ForInference made ({WeightFormat} weights), which only runs; "
            + "expected the model it was made of. Change, train or save that one, then call ForInference again.");
    }

    private int OutputsOf(int steps, string name)
    {
        if (Spec.LastStepOnly) return OutputSize;
        int most = Array.MaxLength / OutputSize;
        return steps <= most
            ? steps * OutputSize
            : throw new ArgumentException($"{name} has {steps} steps; expected at most {most}, so that their {OutputSize} outputs each fit an array.", name);
    }

    private void CheckComparable(SequenceModel other, int length, string name)
    {
        ThrowIfDisposed();
        ArgumentNullException.ThrowIfNull(other);
        other.ThrowIfDisposed();
        if (!Spec.Equals(other.Spec))
            throw new ArgumentException($"the other model is {other.Spec}; expected {Spec}.", nameof(other));
        if (length == 0) throw new ArgumentException($"{name} is empty; expected at least one time step.", name);
    }
}
