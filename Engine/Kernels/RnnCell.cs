using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>The nonlinearity of a vanilla RNN: <c>h' = f(chain)</c> (Elman 1990), lane by lane.</summary>
/// <typeparam name="S">The width.</typeparam>
/// <typeparam name="V">Its vector.</typeparam>
internal interface INonlinearity<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    static abstract V Apply(V chain);

    /// <summary>The gradient of the chain from the gradient of the result, told from the result itself.</summary>
    static abstract V Gradient(V result, V dResult);
}

/// <summary><c>tanh</c>; its derivative is <c>1 − h²</c>.</summary>
internal readonly struct TanhNonlinearity<S, V, A> : INonlinearity<S, V>
    where S : struct, ISimd<V>
    where V : struct
    where A : struct, IActivations<S, V>
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V chain) => A.Tanh(chain);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient(V result, V dResult) => S.Multiply(dResult, S.FmaNegated(result, result, S.Splat(1f)));
}

/// <summary><c>max(x, 0)</c>; its derivative is 1 above 0, else 0 (PyTorch's choice at 0).</summary>
internal readonly struct ReluNonlinearity<S, V> : INonlinearity<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply(V chain) => Activations<S, V>.Relu(chain);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient(V result, V dResult) => S.IfGreater(result, S.Splat(0f), dResult, S.Splat(0f));
}

/// <summary>The element by element part of a vanilla RNN. Rows are <c>[padded hidden]</c>.</summary>
internal static unsafe class RnnCell<S, V, F>
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity<S, V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward(int rows, UnitRange units, Rows chains, Rows hOut)
    {
        for (int row = 0; row < rows; row++)
        {
            float* chainRow = chains.From(row).Data;
            float* hOutRow = hOut.From(row).Data;
            for (int unit = units.First; unit < units.End; unit += S.Lanes) S.Store(hOutRow + unit, F.Apply(S.Load(chainRow + unit)));
        }
    }

    /// <summary>From the finished chains of a vector of units to their new state. In the answer there is no room for a vector of padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(V chain, in StepOperands step, int unit)
    {
        V after = F.Apply(chain);
        S.Store(step.HiddenAfter + unit, after);
        if (step.Answer != null && unit < step.Hidden) S.Store(step.Answer + unit, after);
    }

    /// <summary>One time step back: writes the gradients of the chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Backward(int rows, int hidden, Rows dChains, Rows h, Rows dh)
    {
        int padded = Sizes.Padded(hidden);
        for (int row = 0; row < rows; row++)
        {
            float* dChainRow = dChains.From(row).Data;
            float* hRow = h.From(row).Data;
            float* dhRow = dh.From(row).Data;
            for (int unit = 0; unit < padded; unit += S.Lanes)
                S.Store(dChainRow + unit, F.Gradient(S.Load(hRow + unit), S.Load(dhRow + unit)));
        }
    }
}
