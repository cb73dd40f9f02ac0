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
    private readonly BFloat16Layout _storage = new(layout, parts, BFloat16Product<S, V>.WidestStrip, wholeBlocks: S.Lanes == Sizes.Block);

    /// <summary>
    /// Whether a strip holds all gates of two blocks, the last one perhaps of one, in vectors as wide as a block: what the step kernels of LSTM
    /// and GRU read.
    /// </summary>
    public bool HasStripsOfTwoBlocks
    {
        get
        {
            PairStrips strips = _storage.Parts[0];
            bool twoBlocks = strips.Strips == 1 ? strips.PairsPerStrip <= layout.Gates : strips.PairsPerStrip == layout.Gates;
            return twoBlocks && layout.Gates > 2 && S.Lanes == Sizes.Block && _storage.Parts.Count == 1;
        }
    }

    public override IPackedLayout Storage => _storage;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(float* weights, GateRange part, int rows, Rows a, Rows init, Rows c, int pitch, float* scratch, Crew? crew = null) =>
        BFloat16Product<S, V>.Run(_storage.PartFrom(part.First), weights, rows, a, init, c, layout.BlockPitch(pitch));
}
