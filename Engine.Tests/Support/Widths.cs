using Engine.Kernels;

namespace Engine.Tests.Support;

/// <summary>The vector widths this machine has, scalar among them.</summary>
internal static class Widths
{
    public static InstructionSet[] All { get; } = [.. Enum.GetValues<InstructionSet>().Where(set => set <= InstructionSets.Choose(null))];
}
