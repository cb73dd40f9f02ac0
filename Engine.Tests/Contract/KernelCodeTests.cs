using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using Engine.Kernels;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>
/// The machine code of the kernels, as the JIT lists it: nothing that was compiled for speed calls a vector operation or an activation.
/// The JIT gives up inlining when a method grows too large; what it then calls runs unoptimised at first and slowly for ever, and nothing
/// but the speed would tell.
/// </summary>
[TestFixture]
internal sealed partial class KernelCodeTests
{
    // Only where a vector is as wide as a block.
    private static string[] InBlocks => Widths.All.Contains(InstructionSet.Vector512) ? ["BFloat16LstmStep", "BFloat16GruStep", "BFloat16RnnStep"] : [];

    private static readonly string[] Kernels =
    [
        "LstmCell", "GruCell", "GruBeforeCell", "RnnCell", "LstmStep", "GruStep", "RnnStep", "GroupSums",
        "RnnPanels", "MatrixTile", "NarrowProduct", "BFloat16Product", "Int8Product", "IntegerRow", "AdamKernel", "ShiftedExp",
        .. InBlocks,
    ];

    [Test]
    public void Nothing_calls_what_should_be_inlined()
    {
        Assume.That(RuntimeInformation.ProcessArchitecture, Is.EqualTo(Architecture.X64), "calls are looked for as x64 code has them");
        string listing = Path.GetTempFileName();
        try
        {
            // The background thread that compiles tier 1 writes its lines between those of a kernel, so that it must have nothing to do.
            _ = ChildProcess.Run(
                Program.EveryKernelCommand,
                ("DOTNET_JitStdOutFile", listing), ("DOTNET_JitDisasm", "*"), ("DOTNET_JitDisasmOnlyOptimized", "1"),
                ("DOTNET_TC_CallCounting", "0"), ("DOTNET_ReadyToRun", null));
            var seen = new HashSet<string>();
            var calls = new SortedSet<string>();
            string? method = null;
            bool open = false;
            foreach (string line in File.ReadLines(listing))
            {
                if (Heading().Match(line) is { Success: true } heading)
                {
                    Assert.That(open, Is.False, $"two listings are mixed up: {line}");
                    open = true;
                    method = line.Contains("(FullOpts)", StringComparison.Ordinal) ? heading.Groups["method"].Value : null;
                    string type = heading.Groups["type"].Value;
                    if (method is not null && Array.IndexOf(Kernels, type) >= 0) seen.Add(type);
                }
                else if (line.StartsWith("; Total bytes of code", StringComparison.Ordinal))
                {
                    open = false;
                }
                else if (method is not null && PieceCall().Match(line) is { Success: true } call)
                {
                    calls.Add($"{method} calls {call.Groups["target"].Value}");
                }
            }

            Assert.That(seen, Is.EquivalentTo(Kernels), "kernels in the listing");
            Assert.That(calls, Is.Empty);
        }
        finally
        {
            File.Delete(listing);
        }
    }

    [GeneratedRegex(@"^; Assembly listing for method (?<method>(\w+\.)*(?<type>\w+)\S*)")]
    private static partial Regex Heading();

    // Passes of a cell are kernels of their own; what finishes a vector, by its name, is a piece.
    [GeneratedRegex(@"\bcall +\[(?<target>Engine\.Kernels\.(Simd\d+|SimdScalar|\w*Activations?|\w*Nonlinearity|\w*(Cell|Panels)\b[^:]*:Finish\w*)\b.*)")]
    private static partial Regex PieceCall();
}
