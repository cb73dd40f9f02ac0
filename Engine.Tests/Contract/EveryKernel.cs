using System.Reflection;
using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Memory;
using Engine.Tests.Support;

namespace Engine.Tests.Contract;

/// <summary>Calls every kernel at every width, so that the JIT compiles it.</summary>
internal static class EveryKernel
{
    private const int Features = 3;
    private const int Hidden = 40;
    private const int Steps = 5;
    private const int Batch = 3;

    public static void Call()
    {
        foreach (InstructionSet width in Widths.All)
        {
            _ = InstructionSets.Make(width, new Orders());
            _ = InstructionSets.Make(width, new TilesThatAsk());
            foreach (ModelSpec spec in Specs())
            {
                using SequenceModel model = SequenceModel.Create(spec, 1, Initialization.PyTorch, width);
                using var trainer = new Trainer(model, new() { SequenceLength = Steps, BatchSize = Batch, ClipNorm = 1, InputGradient = true });
                trainer.Step(new float[Steps * Batch * Features], new float[Steps * Batch * spec.OutputSize]);
                if (spec.OutputSize > 1)
                {
                    using var classifier = new Trainer(model, new() { SequenceLength = Steps, BatchSize = Batch, Loss = Loss.CrossEntropy });
                    classifier.Step(new float[Steps * Batch * Features], new int[Steps * Batch]);
                }

                foreach (WeightFormat weights in Enum.GetValues<WeightFormat>())
                {
                    foreach (ActivationAccuracy accuracy in Enum.GetValues<ActivationAccuracy>())
                    {
                        using SequenceModel running = model.ForInference(new() { Weights = weights, Activations = accuracy });
                        Run(running);
                    }
                }
            }
        }
    }

    private static IEnumerable<ModelSpec> Specs()
    {
        ModelSpec input = ModelSpec.Input(Features);
        return
        [
            input.Lstm(Hidden), input.Gru(Hidden), input.Gru(Hidden, GruReset.Before), input.Rnn(Hidden), input.Rnn(Hidden, RnnActivation.Relu),
            input.Rnn(Hidden / 2), input.Rnn(2 * Hidden), input.Rnn(90), input.Rnn(144), input.Rnn(160, RnnActivation.Relu), input.Rnn(176),
            input.Lstm(Hidden / 2), input.Lstm(144), input.Gru(64), input.Gru(80), input.Lstm(1), input.Gru(1), input.Rnn(1),
            input.Lstm(Hidden).Linear(3), input.Rnn(Hidden).Linear(33), input.Gru(Hidden).Linear(10),
        ];
    }

    private static void Run(SequenceModel model)
    {
        foreach (int batch in (int[])[1, Batch])
        {
            using StreamState state = model.CreateState(batch);
            model.Step(state, new float[batch * Features], new float[batch * model.OutputSize]);
            model.Prepare(state);
            model.Step(state, new float[batch * Features], new float[batch * model.OutputSize]);
            model.Run(state, new float[Steps * batch * Features], new float[Steps * batch * model.OutputSize]);
        }
    }

    // Of the orders that a step can take its units in, a machine's layers choose some only.
    private sealed class Orders : IForWidth<bool>
    {
        public bool Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            foreach (Type kernel in (Type[])[typeof(LstmStep<,,,>), typeof(GruStep<,,,>)])
            {
                foreach (Type activations in (Type[])[typeof(ExactActivations), typeof(FastActivations)])
                {
                    foreach (Type sums in (Type[])[typeof(NewSums), typeof(BegunSums)])
                    {
                        Type[] arguments = [typeof(S), typeof(V), activations, sums];
                        foreach (string order in OrdersOf(kernel, typeof(S)))
                        {
                            const BindingFlags Any = BindingFlags.Static | BindingFlags.Public | BindingFlags.NonPublic;
                            MethodInfo method = kernel.MakeGenericType(arguments).GetMethod(order, Any)!;
                            RuntimeHelpers.PrepareMethod(method.MethodHandle, [.. arguments.Select(type => type.TypeHandle)]);
                        }
                    }
                }
            }

            return true;
        }
    }

    private static string[] OrdersOf(Type kernel, Type width) =>
        width == typeof(Simd512) ? ["RunTwoByTwo", "RunApart", "RunThree"]
        : width == typeof(Simd256) && kernel == typeof(GruStep<,,,>) ? ["RunTwoByTwo", "RunTogether"]
        : ["RunTogether"];

    // Tiles of 4, 5 and 6 rows, and of each width, that ask for the rows after them: those of a model's are large.
    private sealed unsafe class TilesThatAsk : IForWidth<bool>
    {
        public bool Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            var values = new AlignedBuffer(16 * Sizes.Block);
            foreach (int rows in (int[])[8, 10, 12])
            {
                foreach (bool halves in (bool[])[false, true])
                {
                    for (int columns = Sizes.Block; columns <= 4 * Sizes.Block; columns += Sizes.Block)
                    {
                        MatrixProduct<S, V>.Run(new()
                        {
                            A = values.Pointer, ARow = 1, ADepth = 0, B = values.Pointer, Init = values.Pointer, C = values.Pointer,
                            Rows = rows, Depth = 1, Segments = 1, Panels = 1, Columns = columns, Halves = halves && S.Lanes > 4, FarRows = true,
                        });
                    }
                }
            }

            GC.KeepAlive(values);
            return true;
        }
    }
}
