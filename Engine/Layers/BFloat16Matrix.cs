using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>Weights of 16 bits, two in a word.</summary>
internal sealed unsafe class BFloat16Matrix<S, V>(PanelLayout layout, GateRange[] parts) : WeightMatrix<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    // The step kernels of several gates read strips of two blocks: as many pairs as gates.
    private readonly BFloat16Layout _storage = IsCutForSteps(parts) && layout.Gates > 1
        ? new(layout, parts, layout.Gates, full: true)
        : new(layout, parts, BFloat16Product<S, V>.WidestStrip);

    /// <summary>Whether it is cut into strips as the step kernels read them, which have vectors as wide as a block.</summary>
    public bool IsForSteps => IsCutForSteps(parts);

    public override IPackedLayout Storage => _storage;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(
        float* weights, GateRange part, int rows, Rows a, Rows init, Rows c, int pitch, bool padding, bool far, float* scratch,
        Crew? crew = null) =>
        BFloat16Product<S, V>.Run(_storage.PartFrom(part.First), weights, rows, a, init, c, layout.BlockPitch(pitch));

    private static bool IsCutForSteps(GateRange[] parts) => S.Lanes == Sizes.Block && parts.Length == 1;
}
