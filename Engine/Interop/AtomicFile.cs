namespace Engine.Interop;

/// <summary>Replaces a file only once the new one is complete and on the disk.</summary>
internal static class AtomicFile
{
    /// <summary>Writes a file next to its final place and moves it there. If anything fails, the old file stays as it was.</summary>
    /// <param name="path">The final place.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        string target = Path.GetFullPath(path);

        string folder = Path.GetDirectoryName(target) ?? target;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"the folder {folder} does not exist; {path} was not written.");

        // In the same folder, because only a move within one file system is atomic.
        string temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        var stream = new FileStream(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None);
        try
        {
            using (stream)
            {
                write(stream);
                stream.Flush(flushToDisk: true);
            }

            File.Move(temporary, target, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
    }
}
