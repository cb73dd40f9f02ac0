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
            if (!InitialStateIsFinite(tape, i, layers[i])) return ($"{layers[i].Name} initial state", 0);
        }

        for (int segment = 0; segment < tape.SegmentCount; segment++)
        {
            if (tape.SegmentCount > 1) tape.Replay(segment);
            if (InSegment(tape, layers) is { } found) return found;
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
                return ($"gradient of {parameter.Name}", tape.BadStep(i));
            }
        }

        return null;
    }

    /// <summary>
    /// Going back over the segment on the tape, the first time step at which a layer's gates have a gradient that is not finite. The
    /// gradients of the biases, which are their sums, tell at once that there is none.
    /// </summary>
    public static int? StepOfGates(Tape tape, int index, Layer layer)
    {
        if (layer.GateColumns == 0 || (IsFinite(tape, layer.Parameters[^1]) && IsFinite(tape, layer.Parameters[^2]))) return null;

        for (int t = tape.Steps - 1; t >= 0; t--)
        {
            if (!StepIsFinite(tape.ForwardOf(index).Gates, t, tape.Batch, layer.GateColumns)) return tape.FirstStep + t;
        }

        return null;
    }

    private static (string Tensor, int? TimeStep)? InSegment(Tape tape, ReadOnlySpan<Layer> layers)
    {
        for (int step = 0; step < tape.Steps; step++)
        {
            int t = tape.FirstStep + step;
            for (int i = 0; i < layers.Length; i++)
            {
                ref readonly ForwardPass pass = ref tape.ForwardOf(i);
                if (i == 0 && !pass.Input.IsEmpty && !StepIsFinite(pass.Input, step, tape.Batch, layers[i].InputSize)) return ("input", t);
                if (layers[i].LastStepOnly)
                {
                    bool last = step == tape.Steps - 1 && !pass.Unfinished;
                    if (last && !StepIsFinite(pass.Output, 0, tape.Batch, layers[i].OutputSize)) return (Output(layers[i]), t);
                }
                else if (!StepIsFinite(pass.Output, step, tape.Batch, layers[i].OutputSize))
                {
                    return (Output(layers[i]), t);
                }
            }
        }

        return null;
    }

    private static bool IsFinite(Tape tape, Parameter parameter) =>
        IsFinite(tape.Gradients.Span.Slice(parameter.Offset, parameter.PackedLength));

    private static bool IsFinite(ReadOnlySpan<float> values) => TensorPrimitives.IsFiniteAll(values);

    private static bool InitialStateIsFinite(Tape tape, int index, Layer layer) =>
        (!layer.IsRecurrent || StepIsFinite(tape.InitialHidden(index), 0, tape.Batch, layer.OutputSize))
        && (!layer.HasCell || StepIsFinite(tape.InitialCell(index), 0, tape.Batch, layer.OutputSize));

    private static string Output(Layer layer) => $"{layer.Name} output";

    private static bool StepIsFinite(Rows rows, int step, int batch, int columns)
    {
        for (int row = step * batch; row < (step + 1) * batch; row++)
        {
            if (!IsFinite(rows.Span(row, columns))) return false;
        }

        return true;
    }
}
