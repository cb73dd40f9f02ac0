namespace Engine.Interop;

/// <summary>The tensors of one PyTorch module, under their names within it, such as <c>weight_ih_l0</c>.</summary>
/// <param name="prefix">What stands before those names, with its dot; empty if nothing does.</param>
internal sealed class TensorGroup(string prefix)
{
    public string Prefix => prefix;

    /// <summary>The module's name: the prefix without its dot.</summary>
    public string Module => prefix.Length == 0 ? prefix : prefix[..^1];

    public OrderedDictionary<string, IReadOnlyList<int>> Shapes { get; } = [];

    /// <summary>Splits a tensor's name behind its last dot.</summary>
    public static (string Prefix, string Local) Split(string name)
    {
        int length = name.LastIndexOf('.') + 1;
        return (name[..length], name[length..]);
    }

    /// <summary>Groups a file's tensors by module.</summary>
    public static List<TensorGroup> Of(SafetensorsFile file)
    {
        var groups = new OrderedDictionary<string, TensorGroup>();
        foreach (string name in file.Names)
        {
            (string prefix, string local) = Split(name);
            if (!groups.TryGetValue(prefix, out TensorGroup? group)) groups.Add(prefix, group = new(prefix));
            group.Shapes.Add(local, file.ShapeOf(name));
        }

        return [.. groups.Values];
    }

    /// <summary>Whether both have the same tensors in the same shapes.</summary>
    public bool Fits(TensorGroup other) =>
        Shapes.Count == other.Shapes.Count
        && Shapes.All(tensor => other.Shapes.TryGetValue(tensor.Key, out IReadOnlyList<int>? shape) && shape.SequenceEqual(tensor.Value));

    /// <summary>Whether the other would fit if it had the biases that this one has.</summary>
    public bool LacksOnlyBiases(TensorGroup other) => other.Shapes.Count > 0 && Shapes.All(tensor =>
        tensor.Key.StartsWith("bias", StringComparison.Ordinal)
            ? !other.Shapes.ContainsKey(tensor.Key)
            : other.Shapes.TryGetValue(tensor.Key, out IReadOnlyList<int>? shape) && shape.SequenceEqual(tensor.Value));

    /// <summary>How many tensors of the other have a name that this one has, too; equal shapes count more.</summary>
    public int Likeness(TensorGroup other) => Shapes.Sum(tensor =>
        !other.Shapes.TryGetValue(tensor.Key, out IReadOnlyList<int>? shape) ? 0 : shape.SequenceEqual(tensor.Value) ? 3 : 2);

    /// <summary>What keeps a module of a file from being this one.</summary>
    public string Difference(TensorGroup other)
    {
        foreach ((string local, IReadOnlyList<int> shape) in Shapes)
        {
            if (!other.Shapes.TryGetValue(local, out IReadOnlyList<int>? actual))
                return $"tensor {Quoted.Text(other.Prefix + local)} is missing";
            if (!actual.SequenceEqual(shape))
                return $"tensor {Quoted.Text(other.Prefix + local)} has shape {Quoted.Shape(actual)}; expected {Quoted.Shape(shape)}{BothKinds(other)}";
        }

        IEnumerable<string> unknown = other.Shapes.Keys.Where(local => !Shapes.ContainsKey(local));
        return WantedTensors.Unexpected([.. unknown.Select(local => other.Prefix + local)]) + BothKinds(other);
    }

    private string BothKinds(TensorGroup other) =>
        (Kind, other.Kind) is ({ } ours, { } theirs) && ours != theirs ? $" (the file has {theirs}, the description {ours})" : "";

    // What recurrent module it is, if it is one: weight_hh is [gates · units, units].
    private string? Kind
    {
        get
        {
            if (!Shapes.TryGetValue("weight_hh_l0", out IReadOnlyList<int>? shape) || shape is not [int rows, int units and > 0]) return null;
            string? cell = (rows / (double)units) switch
            {
                1 => "an RNN",
                3 => "a GRU",
                4 => "an LSTM",
                _ => null,
            };
            int layers = 1;
            while (Shapes.ContainsKey($"weight_hh_l{layers}")) layers++;
            return cell is null ? null : $"{cell} of {layers} {(layers == 1 ? "layer" : "layers")} of {units} units";
        }
    }

    public override string ToString() => string.Join(", ", Shapes.Select(tensor => $"{tensor.Key} {Quoted.Shape(tensor.Value)}"));
}
