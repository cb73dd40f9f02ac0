using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>The size of the first data cache, by which steps choose their order.</summary>
internal sealed class NearCacheTests
{
    [Test]
    public void Is_plausible_and_what_the_system_says_of_one_of_the_cores()
    {
        Assert.That(NearCache.Bytes, Is.InRange(16 * 1024, 1024 * 1024));
        Assert.That(NearCache.Length * sizeof(float), Is.EqualTo(NearCache.Bytes));
        int[] sizes = X86Base.IsSupported ? SizesBySystem() : [];
        if (sizes.Length > 0) Assert.That(sizes, Does.Contain(NearCache.Bytes));
    }

    // Linux; none where it does not say. Cores may differ, and the test may run on any.
    private static int[] SizesBySystem()
    {
        const string Cores = "/sys/devices/system/cpu";
        if (!Directory.Exists(Cores)) return [];

        return
        [
            .. Directory.GetDirectories(Cores, "cpu*").Select(core => Path.Combine(core, "cache")).Where(Directory.Exists)
                .SelectMany(caches => Directory.GetDirectories(caches, "index*"))
                .Where(cache => Line(cache, "level") == "1" && Line(cache, "type") == "Data")
                .Select(cache => int.Parse(Line(cache, "size").TrimEnd('K'), CultureInfo.InvariantCulture) * 1024),
        ];
    }

    private static string Line(string directory, string file) => File.ReadAllText(Path.Combine(directory, file)).Trim();
}
