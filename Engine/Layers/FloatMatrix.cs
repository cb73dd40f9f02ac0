using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>Weights as floats: the format that is trained, and the only one whose products go both ways.</summary>
internal sealed unsafe class FloatMatrix<S, V>(PanelLayout layout) : WeightMatrix<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    public override IPackedLayout Storage => layout;

    public override bool IsPanels => true;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public override void Multiply(
        float* weights, GateRange part, int rows, Rows a, Rows init, Rows c, int pitch, bool padding, bool far, float* scratch,
        Crew? crew = null) =>
        PanelProduct<S, V>.Multiply(layout, weights, part, rows, a, init, c, pitch, crew, padding || layout.Gates == 1, far);
}
