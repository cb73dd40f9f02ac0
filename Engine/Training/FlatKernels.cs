using Engine.Kernels;

namespace Engine.Training;

/// <summary>What training does beside the layers, at the model's width.</summary>
internal abstract unsafe class FlatKernels
{
    public static FlatKernels For(InstructionSet set) => InstructionSets.Make(set, default(Factory));

    public abstract void Adam(int count, in AdamStep step, float* gradients, float* m, float* v, float* parameters);

    public abstract void ShiftedExp(int count, float* x, float shift, float* y);

    private readonly struct Factory : IForWidth<FlatKernels>
    {
        public FlatKernels Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct => new ForWidth<S, V>();
    }

    private sealed class ForWidth<S, V> : FlatKernels
        where S : struct, ISimd<V>
        where V : struct
    {
        public override void Adam(int count, in AdamStep step, float* gradients, float* m, float* v, float* parameters) =>
            AdamKernel<S, V>.Run(count, step, gradients, m, v, parameters);

        public override void ShiftedExp(int count, float* x, float shift, float* y) => ShiftedExp<S, V>.Run(count, x, shift, y);
    }
}
