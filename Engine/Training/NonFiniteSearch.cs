using System.Numerics.Tensors;
using Engine.Kernels;
using Engine.Layers;
using Engine.Layout;

namespace Engine.Training;

/// <summary>Finds where a NaN or an infinity was met first. Only runs once a step has failed.</summary>
internal static unsafe class NonFiniteSearch
{
    /// <summary>The earliest time step, and in it the first layer, whose values are not all finite; the initial state before all.</summary>
    public static (string Tensor, int? TimeStep)? InForward(Tape tape, ReadOnlySpan<Layer> layers)
    {
        for (int i = 0; i < layers.Length; i++)
        {
            if (!InitialStateIsFinite(tape.ForwardOf(i), layers[i])) return ($"{layers[i].Name} initial state", 0);
        }

        for (int t = 0; t < tape.Steps; t++)
        {
            for (int i = 0; i < layers.Length; i++)
            {
                ref readonly ForwardPass pass = ref tape.ForwardOf(i);
                if (i == 0 && !pass.Input.IsEmpty && !StepIsFinite(pass.Input, t, tape.Batch, layers[i].InputSize)) return ("input", t);
                if (layers[i].LastStepOnly)
                {
                    if (t == tape.Steps - 1 && !StepIsFinite(pass.Output, 0, tape.Batch, layers[i].OutputSize)) return (Output(layers[i]), t);
                }
                else if (!StepIsFinite(pass.Output, t, tape.Batch, layers[i].OutputSize))
                {
                    return (Output(layers[i]), t);
                }
            }
        }

        return null;
    }

    /// <summary>
    /// What forward met first, if anything: tanh and sigmoid give finite numbers for an infinite input, which only the gradients show.
    /// Otherwise the first parameter whose gradient is not finite, and the time step, going back, at which its layer's gates were not.
    /// </summary>
    /// <param name="tape">The recorded pass.</param>
    /// <param name="layers">The model's layers.</param>
    /// <param name="largest">A gradient beyond this counts as not finite.</param>
    public static (string Tensor, int? TimeStep)? InBackward(Tape tape, ReadOnlySpan<Layer> layers, float largest) =>
        InForward(tape, layers) ?? InGradients(tape, layers, largest);

    private static (string Tensor, int? TimeStep)? InGradients(Tape tape, ReadOnlySpan<Layer> layers, float largest)
    {
        for (int i = layers.Length - 1; i >= 0; i--)
        {
            foreach (Parameter parameter in layers[i].Parameters)
            {
                Span<float> gradient = tape.Gradients.Span.Slice(parameter.Offset, parameter.PackedLength);
                if (Math.Abs(TensorPrimitives.MaxMagnitude<float>(gradient)) <= largest) continue;
                return ($"gradient of {parameter.Name}", StepOfGates(tape, i, layers[i]));
            }
        }

        return null;
    }

    private static bool IsFinite(ReadOnlySpan<float> values) => TensorPrimitives.IsFiniteAll(values);

    private static bool InitialStateIsFinite(in ForwardPass pass, Layer layer) =>
        (!layer.IsRecurrent || StepIsFinite(pass.Hidden, 0, pass.Batch, layer.OutputSize))
        && (!layer.HasCell || StepIsFinite(pass.Cell, 0, pass.Batch, layer.OutputSize));

    private static string Output(Layer layer) => $"{layer.Name} output";

    private static int? StepOfGates(Tape tape, int index, Layer layer)
    {
        for (int t = tape.Steps - 1; layer.GateColumns > 0 && t >= 0; t--)
        {
            if (!StepIsFinite(tape.ForwardOf(index).Gates, t, tape.Batch, layer.GateColumns)) return t;
        }

        return null;
    }

    private static bool StepIsFinite(Rows rows, int step, int batch, int columns)
    {
        for (int row = step * batch; row < (step + 1) * batch; row++)
        {
            if (!IsFinite(rows.Span(row, columns))) return false;
        }

        return true;
    }
}
