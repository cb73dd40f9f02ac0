using Engine.Kernels;

namespace Engine.Tests.Support;

/// <summary>Models with made weights.</summary>
internal static class Models
{
    /// <summary>A model whose every tensor, biases too, holds made numbers of PyTorch's size, times <paramref name="gain"/>.</summary>
    public static SequenceModel Create(ModelSpec spec, int seed, InstructionSet? set = null, float gain = 1f)
    {
        SequenceModel model = SequenceModel.Create(spec, 0, Initialization.PyTorch, set ?? InstructionSets.Best);
        Fill(model, seed, gain);
        return model;
    }

    /// <summary>Fills the parameters by the rule of Golden/README.md: tensor k from seed + k, scaled with its layer's fan.</summary>
    public static void Fill(SequenceModel model, int seed, float gain = 1f)
    {
        int k = 0;
        int inputs = model.Spec.FirstLayerInput;
        foreach (LayerSpec layer in model.Spec.Layers)
        {
            (int tensors, int fan) = layer switch
            {
                EmbeddingSpec => (1, 1),
                LinearSpec => (2, inputs),
                _ => (4, layer.OutputSize),
            };
            for (int last = k + tensors; k < last; k++)
            {
                ParameterInfo parameter = model.Parameters[k];
                model.SetParameter(parameter.Name, Numbers.Values(seed + k, Count(parameter), Numbers.WeightScale(fan) * gain));
            }

            inputs = layer.OutputSize;
        }
    }

    public static int Count(ParameterInfo parameter) => parameter.Shape.Aggregate(1, (product, size) => product * size);

    public static float[] Get(SequenceModel model, ParameterInfo parameter)
    {
        var values = new float[Count(parameter)];
        model.GetParameter(parameter.Name, values);
        return values;
    }

    /// <summary>All parameters one behind the other, in PyTorch's order.</summary>
    public static float[] AllParameters(SequenceModel model) => [.. model.Parameters.SelectMany(parameter => Get(model, parameter))];

    /// <summary>All gradients one behind the other, in PyTorch's order.</summary>
    public static float[] AllGradients(Trainer trainer) =>
        [.. trainer.Model.Parameters.SelectMany(parameter => Gradient(trainer, parameter))];

    public static float[] Gradient(Trainer trainer, ParameterInfo parameter)
    {
        var values = new float[Count(parameter)];
        trainer.GetGradient(parameter.Name, values);
        return values;
    }

    /// <summary>Made numbers for every hidden state and cell.</summary>
    public static void SetState(StreamState state, int seed, float scale = 0.5f)
    {
        for (int layer = 0; layer < state.RecurrentLayerCount; layer++)
        {
            int count = state.BatchSize * state.HiddenSize(layer);
            state.SetHidden(layer, Numbers.Values(seed + (2 * layer), count, scale));
            if (state.HasCell(layer)) state.SetCell(layer, Numbers.Values(seed + (2 * layer) + 1, count, scale));
        }
    }

    public static float[] Snapshot(StreamState state)
    {
        var snapshot = new float[state.SnapshotLength];
        state.Save(snapshot);
        return snapshot;
    }

    public static float[] Hidden(StreamState state, int layer)
    {
        var h = new float[state.BatchSize * state.HiddenSize(layer)];
        state.GetHidden(layer, h);
        return h;
    }

    public static float[] CellOf(StreamState state, int layer)
    {
        var c = new float[state.BatchSize * state.HiddenSize(layer)];
        state.GetCell(layer, c);
        return c;
    }
}
