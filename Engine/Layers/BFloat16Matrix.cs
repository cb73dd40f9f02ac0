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
    private readonly BFloat16Layout _storage = HasStripsOfTwoBlocks(layout, parts)
        ? new(layout, parts, layout.Gates, full: true)
        : new(layout, parts, BFloat16Product<S, V>.WidestStrip);

    /// <summary>
    /// Whether a strip is the gates of two blocks (the last one perhaps of one) in vectors as wide as a block: what the step kernels of LSTM
    /// and GRU read.
    /// </summary>
    public bool IsForSteps => HasStripsOfTwoBlocks(layout, parts);

    public override IPackedLayout Storage => _storage;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(float* weights, GateRange part, int rows, Rows a, Rows init, Rows c, int pitch, float* scratch, Crew? crew = null) =>
        BFloat16Product<S, V>.Run(_storage.PartFrom(part.First), weights, rows, a, init, c, layout.BlockPitch(pitch));

    private static bool HasStripsOfTwoBlocks(PanelLayout layout, GateRange[] parts) =>
        S.Lanes == Sizes.Block && layout.Gates > 2 && parts.Length == 1;
}
