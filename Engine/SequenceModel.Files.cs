using Engine.Interop;

namespace Engine;

public sealed unsafe partial class SequenceModel
{
    private static readonly Dictionary<string, string> NoModules = [];

    /// <summary>
    /// Writes the model to a safetensors file: the weights under PyTorch's names, the description and <see cref="Metadata"/> beside
    /// them. An old file is replaced once the new one is complete and on the disk; if anything fails, it stays as it was.
    /// </summary>
    /// <param name="path">The file.</param>
    /// <exception cref="ArgumentException">
    /// A key of <see cref="Metadata"/> begins with <c>engine.</c>, or a text there is null or no Unicode.
    /// </exception>
    /// <exception cref="InvalidOperationException">
    /// A weight is not finite, so the file could not be loaded; or the description or the metadata is too long for a file.
    /// </exception>
    /// <exception cref="NotSupportedException">The model was made by <see cref="ForInference"/>: save the one it was made of.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder must not be written.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void Save(string path)
    {
        ThrowIfDisposed();
        ThrowIfForInference(nameof(Save));
        ModelFile.Save(path, this);
    }

    /// <summary>
    /// Writes to a stream what <see cref="Save(string)"/> writes to a file: nothing at all if something is wrong with the model. The stream stays open.
    /// </summary>
    /// <param name="stream">Where to write, from its position on.</param>
    /// <exception cref="ArgumentException">The stream cannot be written to, or as with a file.</exception>
    /// <exception cref="InvalidOperationException">As with a file.</exception>
    /// <exception cref="NotSupportedException">The model was made by <see cref="ForInference"/>: save the one it was made of.</exception>
    /// <exception cref="ObjectDisposedException">The model is disposed.</exception>
    public void Save(Stream stream)
    {
        ThrowIfDisposed();
        ThrowIfForInference(nameof(Save));
        ModelFile.Save(stream, this);
    }

    /// <summary>Loads what <see cref="Save(string)"/> wrote.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The model, with its <see cref="Metadata"/>.</returns>
    /// <exception cref="InvalidDataException">
    /// The file is broken, was written by a newer version, has no description, or its tensors are not exactly those of the
    /// description, all finite. The message names the file and the tensor.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    public static SequenceModel Load(string path)
    {
        using SafetensorsFile file = SafetensorsFile.Read(path);
        return Load(file);
    }

    /// <summary>
    /// Loads what <see cref="Save(Stream)"/> or <see cref="Save(string)"/> wrote, such as a resource of an assembly or an entry of an archive.
    /// </summary>
    /// <param name="stream">
    /// The model, from the stream's position to its end, where it is left, open. One that cannot seek is read into memory first.
    /// </param>
    /// <returns>The model, with its <see cref="Metadata"/>.</returns>
    /// <exception cref="ArgumentException">The stream cannot be read.</exception>
    /// <exception cref="InvalidDataException">As with a file: <see cref="Load(string)"/>.</exception>
    public static SequenceModel Load(Stream stream)
    {
        using SafetensorsFile file = SafetensorsFile.Read(stream);
        return Load(file);
    }

    /// <summary>
    /// Loads a PyTorch <c>state_dict</c> that was saved as safetensors, or what <see cref="Save(string)"/> wrote. Every tensor of the file
    /// is used, or the file is refused.
    /// </summary>
    /// <remarks>
    /// Names as in <see cref="Parameters"/> load as they are. Otherwise a module of the model is the one module of the file that has
    /// the same tensors in the same shapes, whatever its name; where several do, <paramref name="modules"/> has to say which is meant.
    /// </remarks>
    /// <param name="path">The file.</param>
    /// <param name="spec">The description of the model.</param>
    /// <param name="modules">
    /// The file's module for a module of the model, such as <c>["linear"] = "decoder.head"</c>; <c>""</c> where the file's tensors have
    /// no prefix. Equal recurrent layers behind each other are one module, <c>lstm</c>; where the file has a module for each, name them
    /// <c>lstm.l0</c>, <c>lstm.l1</c> …
    /// </param>
    /// <returns>The model, with the file's metadata as its <see cref="Metadata"/>.</returns>
    /// <exception cref="ArgumentException"><paramref name="modules"/> names a module that does not exist, or one twice.</exception>
    /// <exception cref="InvalidDataException">
    /// The file is broken, describes another model, or its tensors are not exactly those of the description, all finite. The message
    /// names the file and the tensor.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    public static SequenceModel Load(string path, ModelSpec spec, IReadOnlyDictionary<string, string>? modules = null)
    {
        CheckLayers(spec);
        using SafetensorsFile file = SafetensorsFile.Read(path);
        return Load(file, spec, modules);
    }

    /// <summary>
    /// Loads a PyTorch <c>state_dict</c> that was saved as safetensors, as <see cref="Load(string, ModelSpec, IReadOnlyDictionary{string, string}?)"/> does.
    /// </summary>
    /// <param name="stream">
    /// The file's bytes, from the stream's position to its end, where it is left, open. One that cannot seek is read into memory first.
    /// </param>
    /// <param name="spec">The description of the model.</param>
    /// <param name="modules">The file's module for a module of the model, where that is not plain.</param>
    /// <returns>The model, with the file's metadata as its <see cref="Metadata"/>.</returns>
    /// <exception cref="ArgumentException">
    /// The stream cannot be read, or <paramref name="modules"/> names a module that does not exist, or one twice.
    /// </exception>
    /// <exception cref="InvalidDataException">As with a file.</exception>
    public static SequenceModel Load(Stream stream, ModelSpec spec, IReadOnlyDictionary<string, string>? modules = null)
    {
        CheckLayers(spec);
        using SafetensorsFile file = SafetensorsFile.Read(stream);
        return Load(file, spec, modules);
    }

    private static void CheckLayers(ModelSpec spec)
    {
        ArgumentNullException.ThrowIfNull(spec);
        if (spec.Layers.Count == 0) throw new ArgumentException("the description has no layers; expected at least one.", nameof(spec));
    }

    private static SequenceModel Load(SafetensorsFile file, ModelSpec? spec = null, IReadOnlyDictionary<string, string>? modules = null)
    {
        ModelContent content = ModelFile.Read(file, spec, modules ?? NoModules);
        var model = new SequenceModel(content.Spec);
        for (int i = 0; i < content.Tensors.Count; i++) model._parameters[i].Pack(content.Tensors[i], model.Weights.Span);
        foreach ((string key, string value) in content.Notes) model._metadata.Add(key, value);
        model.WeightsChanged();
        return model;
    }
}
