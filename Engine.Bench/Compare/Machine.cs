using System.Globalization;
using System.Runtime.InteropServices;

namespace Engine.Bench.Compare;

/// <summary>The processor: its name, its caches, and the one core that everything is measured on.</summary>
internal static unsafe partial class Machine
{
    private const int MaskWords = 16;
    private const int BitsPerWord = 64;

    public static string ProcessorName { get; } = ReadProcessorName();

    /// <summary>Bytes of the L1 data, L2 and L3 cache that one core sees; usual sizes where the system does not tell.</summary>
    public static (long L1, long L2, long L3) Caches { get; } = (CacheSize(1) ?? 32L << 10, CacheSize(2) ?? 1L << 20, CacheSize(3) ?? 32L << 20);

    /// <summary>The cores that this process may use, as they were before anything was tied; none if this system does not tell.</summary>
    public static IReadOnlyList<int> Cores { get; } = ReadCores();

    /// <summary>Ties the calling thread, and processes it starts, to the last core it may use.</summary>
    /// <returns>The core's number, or null if this system offers no such call.</returns>
    public static int? Pin() => Cores.Count > 0 && PinTo(Cores[^1]) ? Cores[^1] : null;

    /// <summary>Ties the calling thread to a core.</summary>
    /// <returns>Whether it is.</returns>
    public static bool PinTo(int core)
    {
        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        mask[core / BitsPerWord] = 1UL << (core % BitsPerWord);
        return OperatingSystem.IsLinux() && SetAffinity(0, MaskWords * sizeof(ulong), mask) == 0;
    }

    /// <summary>Sets a variable where native libraries look for it; .NET's own call changes only its copy of the environment.</summary>
    public static void SetNativeVariable(string name, string value)
    {
        Environment.SetEnvironmentVariable(name, value);
        if (!OperatingSystem.IsWindows()) _ = SetVariable(name, value, 1);
    }

    private static int[] ReadCores()
    {
        if (!OperatingSystem.IsLinux()) return [];

        ulong* mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        if (GetAffinity(0, MaskWords * sizeof(ulong), mask) < 0) return [];

        var cores = new List<int>();
        for (int core = 0; core < MaskWords * BitsPerWord; core++)
        {
            if ((mask[core / BitsPerWord] >> (core % BitsPerWord) & 1) != 0) cores.Add(core);
        }

        return [.. cores];
    }

    private static string ReadProcessorName()
    {
        const string file = "/proc/cpuinfo";
        string? line = File.Exists(file) ? File.ReadLines(file).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line is null ? RuntimeInformation.ProcessArchitecture.ToString() : line[(line.IndexOf(':') + 1)..].Trim();
    }

    private static long? CacheSize(int level)
    {
        const string folder = "/sys/devices/system/cpu/cpu0/cache";
        if (!Directory.Exists(folder)) return null;

        foreach (string index in Directory.EnumerateDirectories(folder, "index*"))
        {
            if (Read(index, "level") != level.ToString(CultureInfo.InvariantCulture) || Read(index, "type") == "Instruction") continue;

            string size = Read(index, "size");
            int shift = size.EndsWith('K') ? 10 : size.EndsWith('M') ? 20 : 0;
            if (long.TryParse(size.TrimEnd('K', 'M'), NumberStyles.None, CultureInfo.InvariantCulture, out long number)) return number << shift;
        }

        return null;
    }

    private static string Read(string folder, string file)
    {
        string path = Path.Combine(folder, file);
        return File.Exists(path) ? File.ReadAllText(path).Trim() : "";
    }

    [LibraryImport("libc", EntryPoint = "sched_getaffinity")]
    private static partial int GetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint bytes, ulong* mask);

    [LibraryImport("libc", EntryPoint = "setenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SetVariable(string name, string value, int overwrite);
}
