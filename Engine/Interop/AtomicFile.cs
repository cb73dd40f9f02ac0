namespace Engine.Interop;

/// <summary>Replaces a file only once the new one is complete and on the disk.</summary>
internal static class AtomicFile
{
    /// <summary>
    /// Writes a file next to its final place and moves it there. If anything fails, the old file stays as it was. Who may read and write it stays, too (on
    /// Unix its mode), and a link goes on pointing to the file that is replaced.
    /// </summary>
    /// <param name="path">The final place.</param>
    /// <param name="write">Writes the content.</param>
    public static void Write(string path, Action<Stream> write)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var named = new FileInfo(path);
        string target = (named.LinkTarget is null ? named : named.ResolveLinkTarget(returnFinalTarget: true)!).FullName;

        string folder = Path.GetDirectoryName(target) ?? target;
        if (!Directory.Exists(folder)) throw new DirectoryNotFoundException($"the folder {folder} does not exist; {path} was not written.");

        // In the same folder, because only a move within one file system is atomic.
        string temporary = Path.Combine(folder, $".{Path.GetRandomFileName()}.tmp");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None };
        UnixFileMode? mode = OperatingSystem.IsWindows() || !File.Exists(target) ? null : File.GetUnixFileMode(target);
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = mode;
        var stream = new FileStream(temporary, options);
        try
        {
            using (stream)
            {
                // The process's mask took away what it does not allow new files.
                if (!OperatingSystem.IsWindows() && mode is { } kept) File.SetUnixFileMode(stream.SafeFileHandle, kept);
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
