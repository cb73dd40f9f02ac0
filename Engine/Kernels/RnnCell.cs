using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>The nonlinearity of a vanilla RNN: <c>h' = f(chain)</c> (Elman 1990), lane by lane.</summary>
internal interface INonlinearity
{
    static abstract V Apply<S, V>(V chain)
        where S : struct, ISimd<V>
        where V : struct;

    /// <summary>The gradient of the chain from the gradient of the result, told from the result itself.</summary>
    static abstract V Gradient<S, V>(V result, V dResult)
        where S : struct, ISimd<V>
        where V : struct;
}

/// <summary><c>tanh</c>; its derivative is <c>1 − h²</c>.</summary>
internal readonly struct TanhNonlinearity<A> : INonlinearity
    where A : struct, IActivations
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V chain)
        where S : struct, ISimd<V>
        where V : struct => A.Tanh<S, V>(chain);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<S, V>(V result, V dResult)
        where S : struct, ISimd<V>
        where V : struct => S.Multiply(dResult, S.FmaNegated(result, result, S.Splat(1f)));
}

/// <summary><c>max(x, 0)</c>; its derivative is 1 above 0, else 0 (PyTorch's choice at 0).</summary>
internal readonly struct ReluNonlinearity : INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Apply<S, V>(V chain)
        where S : struct, ISimd<V>
        where V : struct => Activations<S, V>.Relu(chain);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Gradient<S, V>(V result, V dResult)
        where S : struct, ISimd<V>
        where V : struct => S.IfGreater(result, S.Splat(0f), dResult, S.Splat(0f));
}

/// <summary>The element by element part of a vanilla RNN. Rows are <c>[padded hidden]</c>.</summary>
internal static unsafe class RnnCell<S, V, F>
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Forward(int rows, UnitRange units, Rows sums, Rows hiddenSums, Rows hOut)
    {
        UnitRange whole = units.InWhole(S.Lanes);
        float* sumRow = sums.Data;
        float* hiddenSumRow = hiddenSums.Data;
        float* hOutRow = hOut.Data;
        for (int row = 0; row < rows; row++)
        {
            for (nint unit = whole.First; unit < whole.End; unit += S.Lanes)
                S.Store(hOutRow + unit, F.Apply<S, V>(S.Add(S.Load(sumRow + unit), S.Load(hiddenSumRow + unit))));
            sumRow += sums.Stride;
            hiddenSumRow += hiddenSums.Stride;
            hOutRow += hOut.Stride;
        }

        // Half a block, where a vector is a whole one.
        if (whole.End < units.End) RnnCell<Simd256, Vector256<float>, F>.Forward(rows, new(whole.End, units.End), sums, hiddenSums, hOut);
    }

    /// <summary>From the whole sums of a vector of units to their new state. In the answer there is no room for a vector of padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Finish(V sum, in StepOperands step, int unit)
    {
        V after = F.Apply<S, V>(sum);
        S.Store(step.HiddenAfter + unit, after);
        if (step.Answer != null && unit < step.Hidden) S.Store(step.Answer + unit, after);
    }

    /// <summary>One time step back: writes the gradients of the chains.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Backward(int rows, int hidden, Rows dChains, Rows h, Rows dh)
    {
        nint padded = Sizes.Padded(hidden);
        float* dChainRow = dChains.Data;
        float* hRow = h.Data;
        float* dhRow = dh.Data;
        for (int row = 0; row < rows; row++)
        {
            for (nint unit = 0; unit < padded; unit += S.Lanes)
                S.Store(dChainRow + unit, F.Gradient<S, V>(S.Load(hRow + unit), S.Load(dhRow + unit)));
            dChainRow += dChains.Stride;
            hRow += h.Stride;
            dhRow += dh.Stride;
        }
    }
}
