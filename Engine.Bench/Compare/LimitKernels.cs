using System.Runtime.CompilerServices;
using Engine.Kernels;

namespace Engine.Bench.Compare;

/// <summary>Two loops that do nothing but multiply-add, or nothing but read.</summary>
internal abstract unsafe class LimitKernels
{
    /// <summary>Chains side by side: more than latency × throughput of any processor so far, fewer than 16 registers.</summary>
    private const int Chains = 12;

    /// <summary>The kernels at the width that Engine uses.</summary>
    public static LimitKernels Make() => InstructionSets.Make(InstructionSets.Best, default(Factory));

    /// <summary>Computes for a while; gives the flops done.</summary>
    public abstract double MultiplyAdd(int iterations);

    /// <summary>Reads a buffer whose length is a multiple of 128 floats.</summary>
    /// <returns>A sum, so that nothing is optimised away.</returns>
    public abstract float Read(float* data, int length);

    private readonly struct Factory : IForWidth<LimitKernels>
    {
        public LimitKernels Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct => new ForWidth<S, V>();
    }

    private sealed class ForWidth<S, V> : LimitKernels
        where S : struct, ISimd<V>
        where V : struct
    {
        private readonly float[] _sink = new float[16];

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override double MultiplyAdd(int iterations)
        {
            V a = S.Splat(0.999f), b = S.Splat(0.001f);
            V c0 = b, c1 = b, c2 = b, c3 = b, c4 = b, c5 = b, c6 = b, c7 = b, c8 = b, c9 = b, c10 = b, c11 = b;
            for (int i = 0; i < iterations; i++)
            {
                c0 = S.Fma(a, c0, b);
                c1 = S.Fma(a, c1, b);
                c2 = S.Fma(a, c2, b);
                c3 = S.Fma(a, c3, b);
                c4 = S.Fma(a, c4, b);
                c5 = S.Fma(a, c5, b);
                c6 = S.Fma(a, c6, b);
                c7 = S.Fma(a, c7, b);
                c8 = S.Fma(a, c8, b);
                c9 = S.Fma(a, c9, b);
                c10 = S.Fma(a, c10, b);
                c11 = S.Fma(a, c11, b);
            }

            Keep(S.Add(S.Add(S.Add(c0, c1), S.Add(c2, c3)), S.Add(S.Add(c4, c5), S.Add(c6, c7))));
            Keep(S.Add(S.Add(c8, c9), S.Add(c10, c11)));
            return 2.0 * Chains * S.Lanes * iterations;
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override float Read(float* data, int length)
        {
            V s0 = S.Splat(0), s1 = s0, s2 = s0, s3 = s0, s4 = s0, s5 = s0, s6 = s0, s7 = s0;
            float* end = data + length;
            for (; data < end; data += 8 * S.Lanes)
            {
                s0 = S.Add(s0, S.Load(data));
                s1 = S.Add(s1, S.Load(data + S.Lanes));
                s2 = S.Add(s2, S.Load(data + (2 * S.Lanes)));
                s3 = S.Add(s3, S.Load(data + (3 * S.Lanes)));
                s4 = S.Add(s4, S.Load(data + (4 * S.Lanes)));
                s5 = S.Add(s5, S.Load(data + (5 * S.Lanes)));
                s6 = S.Add(s6, S.Load(data + (6 * S.Lanes)));
                s7 = S.Add(s7, S.Load(data + (7 * S.Lanes)));
            }

            return Keep(S.Add(S.Add(S.Add(s0, s1), S.Add(s2, s3)), S.Add(S.Add(s4, s5), S.Add(s6, s7))));
        }

        private float Keep(V value)
        {
            fixed (float* sink = _sink) S.Store(sink, value);
            return _sink[0];
        }
    }
}
