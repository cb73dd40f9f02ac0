namespace Engine.Demo;

/// <summary>Model files, with what can go wrong told to the user.</summary>
internal static class ModelFiles
{
    /// <summary>Refuses a place that cannot be saved to, before anything is trained.</summary>
    public static void CheckFolder(string path)
    {
        string? folder = Path.GetDirectoryName(Path.GetFullPath(path));
        if (!Directory.Exists(folder)) throw new InputException($"--save is {path}, but the folder {folder} does not exist.");
    }

    public static void Save(SequenceModel model, string path)
    {
        try
        {
            model.Save(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new InputException($"{path} cannot be written: {e.Message}");
        }
    }

    public static SequenceModel Load(string path)
    {
        if (!File.Exists(path)) throw new InputException($"{path} does not exist; expected a model file, written with --save.");
        try
        {
            return SequenceModel.Load(path);
        }
        catch (Exception e) when (e is InvalidDataException or IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw new InputException($"{path} cannot be read as a model: {e.Message}");
        }
    }
}
