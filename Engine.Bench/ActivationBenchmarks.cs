using System.Numerics.Tensors;
using System.Runtime.CompilerServices;
using BenchmarkDotNet.Attributes;
using Engine.Kernels;
using Engine.Memory;

namespace Engine.Bench;

/// <summary>4096 activations in the L1 cache, ours at the widest width beside System.Numerics.Tensors.</summary>
[CategoriesColumn]
public unsafe class ActivationBenchmarks
{
    private const int Count = 4096;

    private readonly AlignedBuffer _x = new(Count);
    private readonly AlignedBuffer _y = new(Count);
    private Functions _functions = null!;

    [GlobalSetup]
    public void Setup()
    {
        Workload.Values(Count).CopyTo(_x.Span);
        TensorPrimitives.Multiply(_x.Span, 8f, _x.Span);
        _functions = InstructionSets.Make(InstructionSets.Best, default(Factory));
    }

    [Benchmark]
    [BenchmarkCategory("Engine")]
    public void Sigmoid() => _functions.Sigmoid(_x.Pointer, _y.Pointer);

    [Benchmark]
    [BenchmarkCategory("Engine")]
    public void Tanh() => _functions.Tanh(_x.Pointer, _y.Pointer);

    [Benchmark]
    [BenchmarkCategory("Engine")]
    public void Exp() => _functions.Exp(_x.Pointer, _y.Pointer);

    [Benchmark]
    [BenchmarkCategory("Engine, fast")]
    public void FastSigmoid() => _functions.FastSigmoid(_x.Pointer, _y.Pointer);

    [Benchmark]
    [BenchmarkCategory("Engine, fast")]
    public void FastTanh() => _functions.FastTanh(_x.Pointer, _y.Pointer);

    [Benchmark]
    [BenchmarkCategory("Tensors")]
    public void TensorsSigmoid() => TensorPrimitives.Sigmoid<float>(_x.Span, _y.Span);

    [Benchmark]
    [BenchmarkCategory("Tensors")]
    public void TensorsTanh() => TensorPrimitives.Tanh<float>(_x.Span, _y.Span);

    [Benchmark]
    [BenchmarkCategory("Tensors")]
    public void TensorsExp() => TensorPrimitives.Exp<float>(_x.Span, _y.Span);

    private readonly struct Factory : IForWidth<Functions>
    {
        public Functions Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct => new ForWidth<S, V>();
    }

    private abstract class Functions
    {
        public abstract void Sigmoid(float* x, float* y);

        public abstract void Tanh(float* x, float* y);

        public abstract void FastSigmoid(float* x, float* y);

        public abstract void FastTanh(float* x, float* y);

        public abstract void Exp(float* x, float* y);
    }

    private sealed class ForWidth<S, V> : Functions
        where S : struct, ISimd<V>
        where V : struct
    {
        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Sigmoid(float* x, float* y)
        {
            for (int i = 0; i < Count; i += S.Lanes) S.Store(y + i, Activations<S, V>.Sigmoid(S.Load(x + i)));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Tanh(float* x, float* y)
        {
            for (int i = 0; i < Count; i += S.Lanes) S.Store(y + i, Activations<S, V>.Tanh(S.Load(x + i)));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void FastSigmoid(float* x, float* y)
        {
            for (int i = 0; i < Count; i += S.Lanes) S.Store(y + i, FastActivations.Sigmoid<S, V>(S.Load(x + i)));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void FastTanh(float* x, float* y)
        {
            for (int i = 0; i < Count; i += S.Lanes) S.Store(y + i, FastActivations.Tanh<S, V>(S.Load(x + i)));
        }

        [MethodImpl(MethodImplOptions.AggressiveOptimization)]
        public override void Exp(float* x, float* y)
        {
            for (int i = 0; i < Count; i += S.Lanes) S.Store(y + i, Activations<S, V>.Exp(S.Load(x + i)));
        }
    }
}
