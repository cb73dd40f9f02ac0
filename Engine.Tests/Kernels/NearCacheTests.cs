using System.Globalization;
using System.Runtime.Intrinsics.X86;
using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Kernels;

/// <summary>The size of the first data cache, by which steps choose their order.</summary>
internal sealed class NearCacheTests
{
    // As CPUID has them: ways - 1 above bit 22, partitions - 1 above bit 12, line - 1; sets - 1.
    [TestCase(0x01C0003F, 63, 32)]
    [TestCase(0x02C0003F, 63, 48)]
    [TestCase(0x03C0003F, 63, 64)]
    [TestCase(0x0240003F, 2047, 1280)]
    public void The_size_is_ways_by_partitions_by_line_by_sets(int ebx, int ecx, int kibibytes) =>
        Assert.That(NearCache.SizeOf(ebx, ecx), Is.EqualTo(kibibytes * 1024));

    [TestCase(0x1C004121, false, true)]
    [TestCase(0x1C004122, false, false, Description = "instructions")]
    [TestCase(0x1C004143, false, false, Description = "both, of the second level")]
    [TestCase(0x1C004141, false, false, Description = "data, of the second level")]
    [TestCase(0, true, false)]
    public void The_first_of_data_is_told_by_type_and_level(int eax, bool none, bool first)
    {
        Assert.That(NearCache.IsNone(eax), Is.EqualTo(none));
        Assert.That(NearCache.IsFirstOfData(eax), Is.EqualTo(first));
    }

    [Test]
    public void Is_what_the_system_says_of_one_of_the_cores()
    {
        int[] sizes = X86Base.IsSupported ? SizesBySystem() : [];
        Assume.That(sizes, Is.Not.Empty, "needs Linux on x64");
        Assert.That(sizes, Does.Contain(NearCache.Bytes));
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
