using Engine.Kernels;
using Engine.Layers;

namespace Engine;

/// <summary>From descriptions to layers, each with its PyTorch name and the kernels of one width.</summary>
internal static class LayerFactory
{
    // Up to here a vector of 8 lanes holds all units, and its operations end sooner than those of 16.
    private const int NarrowUnits = 8;

    public static Layer[] Create(ModelSpec spec, InstructionSet set, InferenceOptions options)
    {
        LayerName[] names = Names(spec);
        var layers = new Layer[names.Length];
        int inputSize = spec.FirstLayerInput;
        for (int i = 0; i < layers.Length; i++)
        {
            LayerSpec layer = spec.Layers[i];
            bool narrow = set == InstructionSet.Vector512 && layer.OutputSize <= NarrowUnits;
            var make = new ForLayer(layer, names[i], inputSize, options.Activations, options.MatrixFormat);
            layers[i] = InstructionSets.Make(narrow ? InstructionSet.Vector256 : set, make);
            inputSize = layers[i].OutputSize;
        }

        return layers;
    }

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

    private sealed class ForLayer(LayerSpec layer, LayerName name, int inputSize, ActivationAccuracy activations, MatrixFormat format)
        : IForWidth<Layer>
    {
        public Layer Make<S, V>()
            where S : struct, ISimd<V>
            where V : struct => activations == ActivationAccuracy.Fast
                ? layer.CreateLayer<S, V, FastActivations>(name, inputSize, format)
                : layer.CreateLayer<S, V, ExactActivations>(name, inputSize, format);
    }
}
