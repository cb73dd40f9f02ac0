using Engine.Kernels;

namespace Engine.Tests.Support;

/// <summary>The vector widths this machine has, scalar among them.</summary>
internal static class Widths
{
    /// <summary>
    /// Where the engine's variable forces a width, none above it: tests that ask for a width get it with the variable and without, so a run
    /// with it need not repeat the wider ones.
    /// </summary>
    public static InstructionSet[] All { get; } = [.. Enum.GetValues<InstructionSet>().Where(set => set <= InstructionSets.Best)];

    /// <summary>
    /// Whether each multiply-add is a call of the runtime, 30 to 100 times as slow: tests with long sequences or large batches then take
    /// a few of their sizes, as the others are tested with the same scalar code where it has the instruction.
    /// </summary>
    public static bool MultiplyAddsAreCalls { get; } = InstructionSets.Choose(null) == InstructionSet.Scalar;
}
