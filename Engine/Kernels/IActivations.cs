using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary>Sigmoid and tanh as a cell uses them, in one of two precisions, at any width.</summary>
internal interface IActivations
{
    static abstract V Sigmoid<S, V>(V x)
        where S : struct, ISimd<V>
        where V : struct;

    static abstract V Tanh<S, V>(V x)
        where S : struct, ISimd<V>
        where V : struct;

    /// <summary><c>s·tanh x</c> for s ≥ 0, where s is there sooner than x.</summary>
    static abstract V ScaledTanh<S, V>(V s, V x)
        where S : struct, ISimd<V>
        where V : struct;
}

/// <summary>Those of <see cref="Activations{S, V}"/>: at most 2.5 ULP from the true value.</summary>
internal readonly struct ExactActivations : IActivations
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Sigmoid<S, V>(V x)
        where S : struct, ISimd<V>
        where V : struct => Activations<S, V>.Sigmoid(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Tanh<S, V>(V x)
        where S : struct, ISimd<V>
        where V : struct => Activations<S, V>.Tanh(x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V ScaledTanh<S, V>(V s, V x)
        where S : struct, ISimd<V>
        where V : struct => Activations<S, V>.ScaledTanh(s, x);
}
