using System.Runtime.CompilerServices;

namespace Engine.Kernels;

/// <summary><c>y = e^(x − shift)</c> over a row: the numerators of a softmax.</summary>
internal static unsafe class ShiftedExp<S, V>
    where S : struct, ISimd<V>
    where V : struct
{
    /// <param name="count">Floats, a multiple of 16.</param>
    /// <param name="x">Read only; may be <paramref name="y"/>.</param>
    /// <param name="shift">The row's largest value, so that nothing overflows.</param>
    /// <param name="y">Written.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Run(int count, float* x, float shift, float* y)
    {
        V by = S.Splat(shift);
        for (int i = 0; i < count; i += S.Lanes) S.Store(y + i, Activations<S, V>.Exp(S.Subtract(S.Load(x + i), by)));
    }
}
