using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>One time step of one stream of a vanilla RNN: the units of a panel stay in registers from the bias to the new state.</summary>
/// <remarks>
/// A panel has 64 units, four vectors of 16 lanes (or four pairs of 8, or twice four pairs of 4): enough chains to hide the latency of the
/// multiply-add. The last panel may have one to three vectors; those it lacks stand in for by its first, whose result is the same, so
/// that nobody writes beyond. Behind a full panel, one of one or two vectors is taken together with it
/// (<see cref="RnnLastPanels{S,V,F,N}"/>). Lane l of vector j is unit <c>panel + 16·j + l</c>.
/// </remarks>
internal static unsafe class RnnStep<S, V, F, P>
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity<S, V>
    where P : struct, IWaitingPlace
{
    private const int Widest = 4 * Sizes.Block;

    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    public static void Run(in StepOperands step)
    {
        bool pairs = S.Lanes < Sizes.Block;
        float* h = step.HiddenBefore;
        int first = step.Units.First;
        int end = step.Units.End;
        int narrow = (end - first) % Widest / Sizes.Block;
        int panels = (end - first + Widest - 1) / Widest;
        bool joined = panels > 1 && narrow is (1 or 2);
        if (joined) panels--;
        for (int i = 0; i < panels; i++)
        {
            int number = step.Reversed ? panels - 1 - i : i;
            int panel = first + (number * Widest);
            if (joined && number == panels - 1)
            {
                if (narrow == 1) RnnLastPanels<S, V, F, One>.Run(step, panel);
                else RnnLastPanels<S, V, F, Two>.Run(step, panel);
                continue;
            }

            int columns = Math.Min(Widest, end - panel);
            int second = columns > Sizes.Block ? Sizes.Block : 0;
            int third = columns > 2 * Sizes.Block ? 2 * Sizes.Block : 0;
            int fourth = columns > 3 * Sizes.Block ? 3 * Sizes.Block : 0;
            for (int lane = 0; lane < Sizes.Block; lane += pairs ? 2 * S.Lanes : S.Lanes)
            {
                float* init = step.Init + panel + lane;
                V a0 = S.Load(init);
                V b0 = S.Load(init + second);
                V c0 = S.Load(init + third);
                V d0 = S.Load(init + fourth);
                V a1 = pairs ? S.Load(init + S.Lanes) : default;
                V b1 = pairs ? S.Load(init + second + S.Lanes) : default;
                V c1 = pairs ? S.Load(init + third + S.Lanes) : default;
                V d1 = pairs ? S.Load(init + fourth + S.Lanes) : default;

                float* w = step.InputWeights + ((nint)panel * step.Inputs) + lane;
                for (int k = 0; k < step.Inputs; k++)
                {
                    V v = S.Splat(step.X[k]);
                    a0 = S.Fma(v, S.Load(w), a0);
                    b0 = S.Fma(v, S.Load(w + second), b0);
                    c0 = S.Fma(v, S.Load(w + third), c0);
                    d0 = S.Fma(v, S.Load(w + fourth), d0);
                    if (pairs)
                    {
                        a1 = S.Fma(v, S.Load(w + S.Lanes), a1);
                        b1 = S.Fma(v, S.Load(w + second + S.Lanes), b1);
                        c1 = S.Fma(v, S.Load(w + third + S.Lanes), c1);
                        d1 = S.Fma(v, S.Load(w + fourth + S.Lanes), d1);
                    }

                    w += columns;
                }

                w = step.HiddenWeights + ((nint)panel * step.Hidden) + lane;
                for (int k = 0; k < step.Hidden; k++)
                {
                    V v = S.Splat(h[k]);
                    a0 = S.Fma(v, S.Load(w), a0);
                    b0 = S.Fma(v, S.Load(w + second), b0);
                    c0 = S.Fma(v, S.Load(w + third), c0);
                    d0 = S.Fma(v, S.Load(w + fourth), d0);
                    if (pairs)
                    {
                        a1 = S.Fma(v, S.Load(w + S.Lanes), a1);
                        b1 = S.Fma(v, S.Load(w + second + S.Lanes), b1);
                        c1 = S.Fma(v, S.Load(w + third + S.Lanes), c1);
                        d1 = S.Fma(v, S.Load(w + fourth + S.Lanes), d1);
                    }

                    w += columns;
                }

                int unit = panel + lane;
                if (P.IsMemory)
                {
                    float* state = step.HiddenAfter + unit;
                    if (pairs)
                    {
                        S.Store(state + fourth + S.Lanes, d1);
                        S.Store(state + third + S.Lanes, c1);
                        S.Store(state + second + S.Lanes, b1);
                        S.Store(state + S.Lanes, a1);
                    }

                    S.Store(state + fourth, d0);
                    S.Store(state + third, c0);
                    S.Store(state + second, b0);
                    S.Store(state, a0);
                    for (int block = 0; block < columns; block += Sizes.Block)
                    {
                        for (int vector = 0; vector < (pairs ? 2 : 1); vector++)
                        {
                            int at = block + (vector * S.Lanes);
                            RnnCell<S, V, F>.Finish(S.Load(state + at), step, unit + at);
                        }
                    }

                    continue;
                }

                RnnCell<S, V, F>.Finish(a0, step, unit);
                if (second > 0) RnnCell<S, V, F>.Finish(b0, step, unit + second);
                if (third > 0) RnnCell<S, V, F>.Finish(c0, step, unit + third);
                if (fourth > 0) RnnCell<S, V, F>.Finish(d0, step, unit + fourth);
                if (!pairs) continue;

                RnnCell<S, V, F>.Finish(a1, step, unit + S.Lanes);
                if (second > 0) RnnCell<S, V, F>.Finish(b1, step, unit + second + S.Lanes);
                if (third > 0) RnnCell<S, V, F>.Finish(c1, step, unit + third + S.Lanes);
                if (fourth > 0) RnnCell<S, V, F>.Finish(d1, step, unit + fourth + S.Lanes);
            }
        }
    }
}
