using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>One time step of one stream of a vanilla RNN: the units of a panel stay in registers from the bias to the new state.</summary>
/// <remarks>
/// A panel has 64 units, four vectors of 16 lanes (or four pairs of 8, or twice four pairs of 4): enough chains to hide the latency of the
/// multiply-add. The last panel may have fewer. Behind a full panel, one of one or two blocks has so few chains that it would take as long
/// as a full one, waiting for them, so both are taken together.
/// </remarks>
internal static unsafe class RnnStep<S, V, F, H>
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity
    where H : struct, IHiddenSums
{
    private const int Widest = 4 * Sizes.Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step)
    {
        int first = step.Units.First;
        int end = step.Units.End;
        int narrow = (end - first) % Widest / Sizes.Block;
        int panels = (end - first + Widest - 1) / Widest;
        if (panels > 1 && narrow is (1 or 2)) panels--;
        for (int i = 0; i < panels; i++)
        {
            int number = step.InTurn(i, panels);
            int unit = first + (number * Widest);
            int blocks = (number == panels - 1 ? end - unit : Widest) / Sizes.Block;
            switch (blocks)
            {
                case 6: RnnPanels<S, V, F, Six, H>.Run(step, unit); break;
                case 5: RnnPanels<S, V, F, Five, H>.Run(step, unit); break;
                case 4: RnnPanels<S, V, F, Four, H>.Run(step, unit); break;
                case 3: RnnPanels<S, V, F, Three, H>.Run(step, unit); break;
                case 2: RnnPanels<S, V, F, Two, H>.Run(step, unit); break;
                default: RnnPanels<S, V, F, One, H>.Run(step, unit); break;
            }
        }
    }
}
