using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>Weights of 8 bits with a scale per row. The other factor is rounded to integers first, row by row, into scratch.</summary>
internal sealed unsafe class Int8Matrix<S, V>(PanelLayout layout, GateRange[] parts) : WeightMatrix<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    private readonly Int8Layout _storage = new(layout, parts, Int8Product<S, V>.WidestStrip);

    public override IPackedLayout Storage => _storage;

    public override long ScratchLength(long rows) => rows * IntegerRow<S, V>.Length(layout.Depth);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(
        float* weights, GateRange part, int rows, Rows a, Rows init, Rows c, int pitch, bool padding, bool far, float* scratch,
        Crew? crew = null)
    {
        PairStrips strips = _storage.PartFrom(part.First);
        var integers = new Rows(scratch, IntegerRow<S, V>.Length(layout.Depth));
        float largest = weights[Int8Layout.LimitAt(strips)];
        for (int row = 0; row < rows; row++) IntegerRow<S, V>.Run(a.From(row).Data, layout.Depth, largest, integers.From(row).Data);

        Int8Product<S, V>.Run(strips, weights, rows, integers, init, c, layout.BlockPitch(pitch));
    }
}
