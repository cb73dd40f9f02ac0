using System.Text;

namespace Engine;

/// <summary>
/// What a model is: its input and its layers from first to last. Immutable; every method gives a new description, checked.
/// </summary>
/// <example><c>ModelSpec.Input(features: 3).Lstm(hidden: 64).Linear(outputs: 1)</c></example>
public sealed record ModelSpec
{
    private readonly LayerSpec[] _layers;

    private ModelSpec(int features, int vocabulary, LayerSpec[] layers)
    {
        Features = features;
        Vocabulary = vocabulary;
        _layers = layers;
    }

    /// <summary>Numbers per time step and row; 0 if the input is token ids.</summary>
    public int Features { get; }

    /// <summary>Number of token ids, which are 0 to vocabulary − 1, one per time step and row; 0 if the input is numbers.</summary>
    public int Vocabulary { get; }

    /// <summary>Whether the input is token ids rather than numbers.</summary>
    public bool TakesTokens => Vocabulary > 0;

    /// <summary>The layers, first to last.</summary>
    public IReadOnlyList<LayerSpec> Layers => _layers;

    /// <summary>Values per row that the last layer gives.</summary>
    public int OutputSize => _layers.Length == 0 ? FirstLayerInput : _layers[^1].OutputSize;

    /// <summary>Whether the model answers only on the last step of a sequence.</summary>
    public bool LastStepOnly => _layers.Length > 0 && _layers[^1].LastStepOnly;

    /// <summary>What the first layer reads: so many numbers, or ids below so many.</summary>
    internal int FirstLayerInput => TakesTokens ? Vocabulary : Features;

    /// <summary>Begins a model of numeric inputs.</summary>
    /// <param name="features">Values per time step, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="features"/> is below 1 or beyond 2²⁰.</exception>
    public static ModelSpec Input(int features) => new(Check.Positive(features), 0, []);

    /// <summary>Begins a model of token ids; an <see cref="Embedding"/> has to follow.</summary>
    /// <param name="vocabulary">Number of different ids, at least 1.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="vocabulary"/> is below 1 or beyond 2²⁰.</exception>
    public static ModelSpec Tokens(int vocabulary) => new(0, Check.Positive(vocabulary), []);

    /// <summary>Adds a learned vector per token id; the first layer after <see cref="Tokens"/>.</summary>
    /// <param name="dimension">Length of each vector.</param>
    public ModelSpec Embedding(int dimension) => Add(new EmbeddingSpec(dimension));

    /// <summary>Adds a vanilla RNN layer.</summary>
    /// <param name="hidden">Units.</param>
    /// <param name="activation">Its nonlinearity.</param>
    public ModelSpec Rnn(int hidden, RnnActivation activation = RnnActivation.Tanh) => Add(new RnnSpec(hidden, activation));

    /// <summary>Adds an LSTM layer.</summary>
    /// <param name="hidden">Units.</param>
    public ModelSpec Lstm(int hidden) => Add(new LstmSpec(hidden));

    /// <summary>Adds a GRU layer.</summary>
    /// <param name="hidden">Units.</param>
    /// <param name="reset">Where the reset gate is applied; after is PyTorch's.</param>
    public ModelSpec Gru(int hidden, GruReset reset = GruReset.After) => Add(new GruSpec(hidden, reset));

    /// <summary>Adds a linear layer.</summary>
    /// <param name="outputs">Values it gives.</param>
    /// <param name="lastStepOnly">Whether it answers on the last step of a sequence only; then it has to be the last layer.</param>
    public ModelSpec Linear(int outputs, bool lastStepOnly = false) => Add(new LinearSpec(outputs, lastStepOnly));

    /// <summary>Adds any layer.</summary>
    /// <param name="layer">The layer.</param>
    /// <exception cref="ArgumentException">The layer cannot stand there.</exception>
    public ModelSpec Add(LayerSpec layer)
    {
        ArgumentNullException.ThrowIfNull(layer);
        if (LastStepOnly)
            throw new ArgumentException("a layer that answers on the last step only has to be the last one; nothing can follow it.");

        bool first = _layers.Length == 0;
        if (layer.TakesTokens && !(first && TakesTokens))
            throw new ArgumentException("an Embedding reads token ids; it can only be the first layer after Tokens.");
        if (first && TakesTokens && !layer.TakesTokens)
            throw new ArgumentException($"the model's input is token ids; expected an Embedding first, not {layer.Module}.");

        return new(Features, Vocabulary, [.. _layers, layer]);
    }

    /// <summary>Two descriptions are equal if their inputs and layers are.</summary>
    /// <param name="other">The other description.</param>
    public bool Equals(ModelSpec? other) =>
        other is not null && Features == other.Features && Vocabulary == other.Vocabulary && _layers.AsSpan().SequenceEqual(other._layers);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        hash.Add(Features);
        hash.Add(Vocabulary);
        foreach (LayerSpec layer in _layers) hash.Add(layer);
        return hash.ToHashCode();
    }

    /// <summary>The description on one line, such as <c>input(3) → lstm(64) → linear(1)</c>.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(TakesTokens ? "tokens(" : "input(").Append(FirstLayerInput).Append(')');
        foreach (LayerSpec layer in _layers) text.Append(" → ").Append(layer);
        return text.ToString();
    }
}
