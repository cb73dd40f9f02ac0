using Engine.Kernels;

namespace Engine.Tests.Contract;

/// <summary>What a child process of <see cref="SameBitsAcrossProcessesTests"/> runs: it writes its width and its digests.</summary>
internal static class Program
{
    public const string DigestCommand = "digest";

    public static int Main(string[] args)
    {
        if (args is not [DigestCommand])
        {
            Console.Error.WriteLine($"expected the argument {DigestCommand}; for the tests use dotnet test.");
            return 2;
        }

        Console.WriteLine(InstructionSets.Best);
        foreach (string line in BitDigest.Lines()) Console.WriteLine(line);
        return 0;
    }
}
