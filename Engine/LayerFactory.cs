using Engine.Kernels;
using Engine.Layers;

namespace Engine;

/// <summary>From descriptions to layers, each with its PyTorch name and the kernels of one width.</summary>
internal static class LayerFactory
{
    public static Layer[] Create(ModelSpec spec, InstructionSet set) => InstructionSets.Make(set, new ForSpec(spec));

    /// <summary>
    /// PyTorch's names: equal recurrent layers behind each other share a module and are numbered in it; further modules of the
    /// same kind are <c>lstm_1</c>, <c>lstm_2</c> …
    /// </summary>
    public static LayerName[] Names(ModelSpec spec)
    {
        var names = new LayerName[spec.Layers.Count];
        var modules = new Dictionary<string, int>();
        for (int i = 0; i < names.Length; i++)
        {
            LayerSpec layer = spec.Layers[i];
            if (i > 0 && layer.Stacks && layer == spec.Layers[i - 1])
            {
                names[i] = names[i - 1] with { Index = names[i - 1].Index + 1 };
                continue;
            }

            int earlier = modules.GetValueOrDefault(layer.Module);
            modules[layer.Module] = earlier + 1;
            names[i] = new(earlier == 0 ? layer.Module : $"{layer.Module}_{earlier}", layer.Stacks ? 0 : null);
        }

        return names;
    }

    private sealed class ForSpec(ModelSpec spec) : IForWidth<Layer[]>
    {
        public Layer[] Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct
        {
            LayerName[] names = Names(spec);
            var layers = new Layer[names.Length];
            int inputSize = spec.FirstLayerInput;
            for (int i = 0; i < layers.Length; i++)
            {
                layers[i] = spec.Layers[i].CreateLayer<S, V>(names[i], inputSize);
                inputSize = layers[i].OutputSize;
            }

            return layers;
        }
    }
}
