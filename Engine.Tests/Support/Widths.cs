using Engine.Kernels;

namespace Engine.Tests.Support;

/// <summary>The vector widths this machine has, scalar among them.</summary>
internal static class Widths
{
    public static InstructionSet[] All { get; } = [.. Enum.GetValues<InstructionSet>().Where(set => set <= InstructionSets.Choose(null))];

    /// <summary>
    /// Whether each multiply-add is a call of the runtime, 30 to 100 times as slow: tests with long sequences or large batches then take
    /// a few of their sizes, as the others are tested with the same scalar code where it has the instruction.
    /// </summary>
    public static bool MultiplyAddsAreCalls { get; } = All.Length == 1;
}
