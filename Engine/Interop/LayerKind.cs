using System.Text.Json;

namespace Engine.Interop;

/// <summary>How one kind of layer is written in a description. <see cref="All"/> is the one list that a new kind joins.</summary>
internal abstract class LayerKind(string name, Type type)
{
    public static readonly IReadOnlyList<LayerKind> All =
    [
        Of(
            "embedding",
            (json, layer) => json.WriteNumber("dimension", layer.Dimension),
            fields => new EmbeddingSpec(fields.Int("dimension"))),
        Of(
            "rnn",
            (json, layer) =>
            {
                json.WriteNumber("hidden", layer.Hidden);
                json.WriteString("activation", JsonFields.WordFor(layer.Activation));
            },
            fields => new RnnSpec(fields.Int("hidden"), fields.Word<RnnActivation>("activation"))),
        Of(
            "lstm",
            (json, layer) => json.WriteNumber("hidden", layer.Hidden),
            fields => new LstmSpec(fields.Int("hidden"))),
        Of(
            "gru",
            (json, layer) =>
            {
                json.WriteNumber("hidden", layer.Hidden);
                json.WriteString("reset", JsonFields.WordFor(layer.Reset));
            },
            fields => new GruSpec(fields.Int("hidden"), fields.Word<GruReset>("reset"))),
        Of(
            "linear",
            (json, layer) =>
            {
                json.WriteNumber("outputs", layer.OutputSize);
                json.WriteBoolean("lastStepOnly", layer.LastStepOnly);
            },
            fields => new LinearSpec(fields.Int("outputs"), fields.Bool("lastStepOnly"))),
    ];

    /// <summary>The kind's name in a description.</summary>
    public string Name => name;

    /// <summary>The record that describes such a layer.</summary>
    public Type Type => type;

    /// <summary>Writes the layer's properties.</summary>
    public abstract void Write(Utf8JsonWriter json, LayerSpec layer);

    /// <summary>Makes a layer of the properties <see cref="Write"/> wrote.</summary>
    public abstract LayerSpec Read(JsonFields fields);

    private static Kind<T> Of<T>(string name, Action<Utf8JsonWriter, T> write, Func<JsonFields, T> read)
        where T : LayerSpec => new(name, write, read);

    private sealed class Kind<T>(string name, Action<Utf8JsonWriter, T> write, Func<JsonFields, T> read) : LayerKind(name, typeof(T))
        where T : LayerSpec
    {
        public override void Write(Utf8JsonWriter json, LayerSpec layer) => write(json, (T)layer);

        public override LayerSpec Read(JsonFields fields) => read(fields);
    }
}
