using System.Runtime.InteropServices;
using Engine.Bench.Compare;
using Engine.Kernels;

namespace Engine.Bench.Sweep;

/// <summary>The points as a file: the machine, what stands out, and a row per case.</summary>
internal static class SweepJson
{
    public static void Write(string file, IReadOnlyCollection<SweepPoint> points, IReadOnlyList<Finding> findings)
    {
        JsonFile.Write(
            file,
            new
            {
                Processor = Machine.ProcessorName,
                Runtime = RuntimeInformation.FrameworkDescription,
                Kernels = InstructionSets.Best.ToString(),
                Findings = findings.Select(finding => new
                {
                    Line = finding.Line.Title,
                    Size = finding.Line.SizeOf(finding.Point.Case),
                    Kind = finding.Cliff.Kind.ToString().ToLowerInvariant(),
                    finding.Cliff.Ratio,
                    finding.Cliff.PaddedRatio,
                }),
                Points = points,
            });
    }
}
