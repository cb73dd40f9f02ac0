using Engine.Kernels;

namespace Engine.Tests.Contract;

/// <summary>
/// What child processes of the tests run: one writes its width and its digests (<see cref="SameBitsAcrossProcessesTests"/>), one the
/// bytes that the very first calls allocate (<see cref="AllocationTests"/>), two what is compiled in the calls after a warm-up, and
/// without one (<see cref="WarmupTests"/>), one has the JIT list every kernel (<see cref="KernelCodeTests"/>).
/// </summary>
internal static class Program
{
    public const string DigestCommand = "digest";
    public const string FirstCallsCommand = "first-calls";
    public const string WarmedUpCallsCommand = "warmed-up-calls";
    public const string ColdCallsCommand = "cold-calls";
    public const string EveryKernelCommand = "every-kernel";

    public static int Main(string[] args)
    {
        if (args is [FirstCallsCommand])
        {
            foreach (string line in FirstCalls.Lines()) Console.WriteLine(line);
            return 0;
        }

        if (args is [WarmedUpCallsCommand or ColdCallsCommand])
        {
            IEnumerable<string> lines = args[0] == WarmedUpCallsCommand ? WarmedUpCalls.Lines(warmUp: true) : WarmedUpCalls.Lines(warmUp: false).Take(1);
            foreach (string line in lines) Console.WriteLine(line);
            return 0;
        }

        if (args is [EveryKernelCommand])
        {
            EveryKernel.Call();
            return 0;
        }

        if (args is not [DigestCommand])
        {
            Console.Error.WriteLine(
                $"expected the argument {DigestCommand}, {FirstCallsCommand}, {WarmedUpCallsCommand}, {ColdCallsCommand} or {EveryKernelCommand}; "
                + "for the tests use dotnet test.");
            return 2;
        }

        Console.WriteLine(InstructionSets.Best);
        foreach (string line in BitDigest.Lines()) Console.WriteLine(line);
        return 0;
    }
}
