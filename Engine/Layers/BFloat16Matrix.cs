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
    private readonly BFloat16Layout _storage = new(layout, parts, BFloat16Product<S, V>.WidestStrip);

    public override IPackedLayout Storage => _storage;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(float* weights, GateRange part, int rows, Rows a, Rows init, Rows c, int pitch, float* scratch, Crew? crew = null) =>
        BFloat16Product<S, V>.Run(_storage.PartFrom(part.First), weights, rows, a, init, c, layout.BlockPitch(pitch));
}
