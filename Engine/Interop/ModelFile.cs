using System.Globalization;
using Engine.Kernels;
using Engine.Layers;
using Engine.Layout;
using Engine.Memory;

namespace Engine.Interop;

/// <summary>What a model's file holds, checked whole.</summary>
/// <param name="Spec">The description.</param>
/// <param name="Tensors">The values of every tensor, in the model's order.</param>
/// <param name="Notes">The user's notes.</param>
internal sealed record ModelContent(ModelSpec Spec, IReadOnlyList<float[]> Tensors, IEnumerable<KeyValuePair<string, string>> Notes);

/// <summary>
/// The file of a model: safetensors with PyTorch's names, and in <c>__metadata__</c> the description, the format's number and the
/// user's notes.
/// </summary>
internal static class ModelFile
{
    private const string OwnKeys = "engine.";
    private const string FormatKey = "engine.format";
    private const string SpecKey = "engine.spec";
    private const int Format = 1;

    public static void Save(string path, SequenceModel model) =>
        SafetensorsWriter.Write(path, MetadataOf(model), model.Parameters, ValuesOf(model));

    public static void Save(Stream stream, SequenceModel model) =>
        SafetensorsWriter.Write(stream, MetadataOf(model), model.Parameters, ValuesOf(model));

    /// <summary>Reads a file, with the description in it or the one given.</summary>
    /// <param name="file">The file.</param>
    /// <param name="given">The description, or null if the file must have one.</param>
    /// <param name="modules">Which module of the model is which of the file, where that is not plain.</param>
    public static ModelContent Read(SafetensorsFile file, ModelSpec? given, IReadOnlyDictionary<string, string> modules)
    {
        ModelSpec? own = OwnSpec(file);
        ModelSpec spec = own ?? given
            ?? throw file.Broken(
                StateFile.IsOne(file)
                    ? "holds the states of streams, which StreamState.Restore reads; expected a model"
                    : "has no description of the model; give one with SequenceModel.Load(path, spec)");
        if (given is not null && given != spec)
            throw file.Broken($"describes the model {ModelSpecJson.Write(spec)}; the caller expects {ModelSpecJson.Write(given)}");

        Layer[] layers = LayerFactory.Create(spec, InstructionSets.Best, new InferenceOptions());
        ModuleMatch match = new(file, LayerFactory.Names(spec), layers, modules);
        WantedTensor[] wanted = own is not null && modules.Count == 0 ? match.SameNames() : match.Find();
        WantedTensors.Check(file, wanted);
        CheckSize(file, layers.SelectMany(layer => layer.Parameters));
        var notes = file.Metadata.Where(note => !IsOwn(note.Key)).ToList();
        return new(spec, WantedTensors.Read(file, wanted), notes);
    }

    // The description and the format's number come first.
    private static List<KeyValuePair<string, string>> MetadataOf(SequenceModel model)
    {
        var metadata = new List<KeyValuePair<string, string>>
        {
            new(FormatKey, Format.ToString(CultureInfo.InvariantCulture)),
            new(SpecKey, ModelSpecJson.Write(model.Spec)),
        };
        foreach (KeyValuePair<string, string> note in model.Metadata.OrderBy(note => note.Key, StringComparer.Ordinal))
        {
            CheckNote(note);
            metadata.Add(note);
        }

        return metadata;
    }

    private static SafetensorsWriter.Fill ValuesOf(SequenceModel model) =>
        (i, values) => model.PackedParameters[i].Unpack(model.Weights.Span, values);

    private static ModelSpec? OwnSpec(SafetensorsFile file)
    {
        string? unknown = file.Metadata.Keys.FirstOrDefault(key => IsOwn(key) && key is not (FormatKey or SpecKey));
        bool hasFormat = file.Metadata.TryGetValue(FormatKey, out string? format);
        bool hasSpec = file.Metadata.TryGetValue(SpecKey, out string? text);
        if (!hasFormat && !hasSpec && unknown is null) return null;

        if (!hasFormat) throw file.Broken($"has no {FormatKey} in its metadata");
        if (!int.TryParse(format, NumberStyles.None, CultureInfo.InvariantCulture, out int number) || number < 1)
            throw file.Broken($"{FormatKey} is {Quoted.Text(format!)}; expected {Format}");
        if (number > Format)
            throw file.Broken($"{FormatKey} is {number}; this version reads up to {Format}: a newer version of the library wrote the file");
        if (unknown is not null) throw file.Broken($"metadata has the unknown key {Quoted.Text(unknown)}");
        if (!hasSpec) throw file.Broken($"has no {SpecKey} in its metadata");

        try
        {
            return ModelSpecJson.Read(text!);
        }
        catch (FormatException exception)
        {
            throw file.Broken($"{SpecKey}: {exception.Message.TrimEnd('.')}", exception);
        }
    }

    // Every weight fits the file by now, but packed rows are padded, and a buffer has its limit.
    private static void CheckSize(SafetensorsFile file, IEnumerable<Parameter> parameters)
    {
        bool fits;
        try
        {
            fits = parameters.Sum(parameter => (long)parameter.PackedLength) <= AlignedBuffer.LargestLength;
        }
        catch (OverflowException)
        {
            fits = false;
        }

        if (!fits) throw file.Broken($"the model is too large: its weights take more than {AlignedBuffer.LargestLength} floats");
    }

    private static void CheckNote(KeyValuePair<string, string> note)
    {
        if (IsOwn(note.Key))
            throw new ArgumentException($"the metadata has the key {Quoted.Text(note.Key)}; keys that begin with {OwnKeys} are reserved.");
        if (note.Value is null) throw new ArgumentException($"the metadata has null for {Quoted.Text(note.Key)}; expected text.");
        if (!IsUnicode(note.Key) || !IsUnicode(note.Value))
        {
            throw new ArgumentException(
                $"the metadata of {Quoted.Text(note.Key)} is no Unicode text: half of a surrogate pair stands alone.");
        }
    }

    private static bool IsOwn(string key) => key.StartsWith(OwnKeys, StringComparison.Ordinal);

    private static bool IsUnicode(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i])) continue;
            if (!char.IsHighSurrogate(text[i]) || i + 1 == text.Length || !char.IsLowSurrogate(text[i + 1])) return false;
            i++;
        }

        return true;
    }
}
