using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Sigmoid and tanh as a cell uses them, in one of two precisions.</summary>
/// <typeparam name="S">The width.</typeparam>
/// <typeparam name="V">Its vector.</typeparam>
internal interface IActivations<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    static abstract V Sigmoid(V x);

    static abstract V Tanh(V x);
}

/// <summary>Those of <see cref="Activations{S, V}"/>: at most 2.5 ULP from the true value.</summary>
internal readonly struct ExactActivations<S, V> : IActivations<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid(V x) => Activations<S, V>.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh(V x) => Activations<S, V>.Tanh(x);
}
