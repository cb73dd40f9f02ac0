using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Engine.Kernels;

namespace Engine.Tests.Contract;

/// <summary>
/// One line per model with a hash over every bit it gives: losses, norms, outputs, gradients, states and weights over 50 training
/// steps. Two processes that print the same lines computed the same bits.
/// </summary>
internal static class BitDigest
{
    private const int TrainingSteps = 50;

    public static IReadOnlyList<string> Lines()
    {
        var lines = new List<string>();
        foreach ((int hidden, int steps, int batch) in ((int, int, int)[])[(7, 4, 7), (16, 5, 1), (33, 3, 4)])
        {
            foreach (Case shape in Case.All(hidden)) lines.Add(Line(shape, hidden, steps, batch));
        }

        // Full panels, and rows that fill a matrix tile and leave some.
        foreach (Case shape in Case.Cells(64)) lines.Add(Line(shape, 64, 2, 7));
        return lines;
    }

    private static string Line(Case shape, int hidden, int steps, int batch)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (Loss loss in Enum.GetValues<Loss>())
        {
            var options = Workload.Options with { InputGradient = !shape.Spec.TakesTokens, Optimizer = new() { LearningRate = 0.01 } };
            using var work = new Workload(shape.Spec, loss, batch, InstructionSets.Best, options, steps);
            for (int i = 0; i < TrainingSteps; i++)
            {
                TrainingStep step = work.Train();
                if (!step.Updated) throw new InvalidOperationException($"{shape}: {step.NonFinite} at training step {i}.");
                Add(hash, step.Loss);
                Add(hash, step.GradientNorm);
            }

            AddGradients(hash, work);
            work.Run();
            Add(hash, work.Outputs);
            work.Step();
            Add(hash, work.Outputs);
            Add(hash, Numbers.Snapshot(work.State));
            Add(hash, Numbers.Snapshot(work.Trainer.State));
            Add(hash, Numbers.Weights(work.Model));
        }

        return $"{shape}, hidden {hidden}, steps {steps}, batch {batch}: {Convert.ToHexString(hash.GetHashAndReset(), 0, 8)}";
    }

    private static void AddGradients(IncrementalHash hash, Workload work)
    {
        foreach (ParameterInfo parameter in work.Model.Parameters)
        {
            var gradient = new float[parameter.Count];
            work.Trainer.GetGradient(parameter.Name, gradient);
            Add(hash, gradient);
        }

        for (int layer = 0; layer < work.State.RecurrentLayerCount; layer++)
        {
            var gradient = new float[work.State.BatchSize * work.State.HiddenSize(layer)];
            work.Trainer.GetInitialHiddenGradient(layer, gradient);
            Add(hash, gradient);
            if (!work.State.HasCell(layer)) continue;
            work.Trainer.GetInitialCellGradient(layer, gradient);
            Add(hash, gradient);
        }

        if (!work.Model.Spec.TakesTokens) Add(hash, work.Trainer.InputGradient);
    }

    private static void Add(IncrementalHash hash, params ReadOnlySpan<float> values) => hash.AppendData(MemoryMarshal.AsBytes(values));
}
