using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <summary>How the weight matrices of recurrent layers are kept, and with it how they are multiplied.</summary>
internal abstract class MatrixFormat
{
    public static MatrixFormat Float32 { get; } = new Float32Format();

    public static MatrixFormat BFloat16 { get; } = new BFloat16Format();

    public static MatrixFormat Int8 { get; } = new Int8Format();

    /// <summary>Says how a matrix is kept.</summary>
    /// <param name="layout">The matrix as float32 has it, with the order of its gates.</param>
    /// <param name="parts">Gates that take part in a product of their own; all gates, each once.</param>
    public abstract WeightMatrix<S, V> Create<S, V>(PanelLayout layout, GateRange[] parts)
        where S : struct, ISimd<V>
        where V : struct;

    private sealed class Float32Format : MatrixFormat
    {
        public override WeightMatrix<S, V> Create<S, V>(PanelLayout layout, GateRange[] parts) => new FloatMatrix<S, V>(layout);
    }

    private sealed class BFloat16Format : MatrixFormat
    {
        public override WeightMatrix<S, V> Create<S, V>(PanelLayout layout, GateRange[] parts) =>
            new BFloat16Matrix<S, V>(layout, parts);
    }

    private sealed class Int8Format : MatrixFormat
    {
        public override WeightMatrix<S, V> Create<S, V>(PanelLayout layout, GateRange[] parts) => new Int8Matrix<S, V>(layout, parts);
    }
}

/// <summary>One packed weight matrix of a recurrent layer, in some format: where it is kept and its forward product.</summary>
internal abstract unsafe class WeightMatrix<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <summary>How it lies in packed memory.</summary>
    public abstract IPackedLayout Storage { get; }

    /// <summary>Whether <see cref="Storage"/> is plain panels of floats, which further kernels know.</summary>
    public virtual bool IsPanels => false;

    /// <summary>Floats of scratch that a product of so many rows needs.</summary>
    public virtual long ScratchLength(long rows) => 0;

    /// <summary><c>c = init + a·W</c> for one part.</summary>
    /// <param name="weights">The packed matrix.</param>
    /// <param name="part">The gates that take part: one of the parts it was made of, or any range where it <see cref="IsPanels"/>.</param>
    /// <param name="rows">Rows of a and c.</param>
    /// <param name="a">[rows, depth].</param>
    /// <param name="init">Gate rows, or one row for all (stride 0), from the place of the first gate on; may be <paramref name="c"/>.</param>
    /// <param name="c">Gate rows from the place of the first gate on, written.</param>
    /// <param name="pitch">Floats from one panel's gates to the next in a gate row.</param>
    /// <param name="padding">Whether half a block of nothing but padding is written, too.</param>
    /// <param name="far">Whether nobody has read a lately, so that it is worth asking for ahead.</param>
    /// <param name="scratch"><see cref="ScratchLength"/> floats.</param>
    /// <param name="crew">Who shares the work, where it <see cref="IsPanels"/>; null for the caller alone.</param>
    public abstract void Multiply(
        float* weights, GateRange part, int rows, Rows a, Rows init, Rows c, int pitch, bool padding, bool far, float* scratch,
        Crew? crew = null);
}
