using System.Diagnostics.CodeAnalysis;
using Engine.Layers;

namespace Engine;

/// <summary>How <see cref="SequenceModel.ForInference"/> keeps the weight matrices of recurrent layers.</summary>
/// <remarks>
/// Smaller formats take less memory and, for one or two streams of an LSTM or GRU from about 64 units on, less time per step, because less
/// has to be read. Layers much smaller than that, and many streams, are faster with <see cref="Float32"/>.
/// </remarks>
[SuppressMessage("Naming", "CA1720:Identifier contains type name", Justification = "The formats' common names.")]
public enum WeightFormat
{
    /// <summary>32 bits per weight: the weights as they were trained.</summary>
    Float32,

    /// <summary>
    /// 16 bits per weight, half the memory. A weight changes by at most 2⁻⁸ of its size (1 part in 256), most by far less.
    /// </summary>
    BFloat16,

    /// <summary>
    /// 8 bits per weight, a quarter of the memory, with a scale for each gate of each unit. A weight changes by at most 1/254 of the
    /// largest one of its gate and unit. At each step the layer's input and hidden state are rounded too, to 1 part in 32767 of their
    /// largest value, less finely above some 500 values. A NaN or an infinity among them makes all gates of the step NaN.
    /// </summary>
    Int8,
}

/// <summary>How a model that only runs is made. The defaults change nothing.</summary>
public sealed record InferenceOptions
{
    /// <summary>The format of the recurrent layers' weight matrices. Biases, linear layers, embeddings and states stay float32.</summary>
    public WeightFormat Weights { get; init; } = WeightFormat.Float32;

    /// <summary>How near sigmoid and tanh of the recurrent layers come to the true values.</summary>
    public ActivationAccuracy Activations { get; init; } = ActivationAccuracy.Exact;

    internal MatrixFormat MatrixFormat => Weights switch
    {
        WeightFormat.BFloat16 => MatrixFormat.BFloat16,
        WeightFormat.Int8 => MatrixFormat.Int8,
        _ => MatrixFormat.Float32,
    };

    internal void Validate()
    {
        Check.Defined(Weights);
        Check.Defined(Activations);
    }
}
