using Engine.Kernels;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>
/// The same bits at every vector width, each in a process of its own with the switches of the environment, against this process; and here as wherever
/// the kept file was made.
/// </summary>
/// <remarks>A width the machine lacks falls back to the widest it has and has to agree as well.</remarks>
[TestFixture]
[Parallelizable(ParallelScope.All)]
internal sealed class SameBitsAcrossProcessesTests
{
    private static readonly string[] Switches =
    [
        InstructionSets.Variable, "DOTNET_EnableAVX512", "DOTNET_EnableAVX2", "DOTNET_EnableHWIntrinsic", "DOTNET_TieredCompilation",
    ];

    private const string AcceptVariable = "ENGINE_ACCEPT_BITS";

    private static readonly string Kept = Path.Combine(Source.Root, "Engine.Tests", "Contract", "Bits.txt");

    private static readonly Lazy<IReadOnlyList<string>> Here = new(BitDigest.Lines);

    // The file goes from machine to machine with the repository: what computed it need not have been this processor.
    [Test]
    public void As_kept_in_the_file()
    {
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1") File.WriteAllText(Kept, string.Join('\n', Here.Value) + "\n");

        string[] kept = Source.Read(Kept).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.That(Here.Value, Is.EqualTo(kept).AsCollection,
            $"the bits differ from {Source.Relative(Kept)}. If the code that computes them has not changed, this machine breaks the promise. If it has, on purpose, "
            + $"run the tests once with {AcceptVariable}=1, which rewrites the file, and commit it with an entry in the change log.");
    }

    [TestCase("512", InstructionSet.Vector512)]
    [TestCase("256", InstructionSet.Vector256)]
    [TestCase("128", InstructionSet.Vector128)]
    [TestCase("scalar", InstructionSet.Scalar)]
    public void Forced_by_the_engines_variable(string name, InstructionSet wanted)
    {
        InstructionSet widest = InstructionSets.Choose(null);
        string possible = wanted <= widest ? name : widest.ToString().Replace("Vector", "", StringComparison.Ordinal);
        InstructionSet ran = AssertSameBits((InstructionSets.Variable, possible));
        Assert.That(ran, Is.EqualTo(wanted <= widest ? wanted : widest));
    }

    [TestCase("DOTNET_EnableAVX512", InstructionSet.Vector256)]
    [TestCase("DOTNET_EnableAVX2", InstructionSet.Vector128)]
    [TestCase("DOTNET_EnableHWIntrinsic", InstructionSet.Scalar)]
    public void Switched_off_in_the_runtime(string variable, InstructionSet widest) =>
        Assert.That(AssertSameBits((variable, "0")), Is.LessThanOrEqualTo(widest));

    [Test]
    public void Compiled_at_once_without_tiers() => AssertSameBits(("DOTNET_TieredCompilation", "0"));

    private static InstructionSet AssertSameBits((string Variable, string Value) setting)
    {
        (string, string?)[] environment = [.. Switches.Select(name => (name, name == setting.Variable ? setting.Value : null))];
        string[] lines = ChildProcess.Run(Program.DigestCommand, environment);
        Assert.That(lines[1..], Is.EqualTo(Here.Value).AsCollection, $"{setting.Variable}={setting.Value} ran at {lines[0]}");
        return Enum.Parse<InstructionSet>(lines[0]);
    }
}
