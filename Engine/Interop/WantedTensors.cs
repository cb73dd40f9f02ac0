namespace Engine.Interop;

/// <summary>A tensor that a file must hold.</summary>
/// <param name="Name">Its name in the file.</param>
/// <param name="Shape">Its shape.</param>
internal readonly record struct WantedTensor(string Name, IReadOnlyList<int> Shape);

/// <summary>Strict reading: the tensors wanted, all of them and no other.</summary>
internal static class WantedTensors
{
    /// <summary>Checks names, shapes and dtypes against the header. Reads no data.</summary>
    public static void Check(SafetensorsFile file, IReadOnlyList<WantedTensor> wanted)
    {
        foreach (WantedTensor tensor in wanted)
        {
            IReadOnlyList<int> shape = file.ShapeOf(tensor.Name);
            if (!shape.SequenceEqual(tensor.Shape))
            {
                throw file.Broken(
                    $"tensor {Quoted.Text(tensor.Name)} has shape {Quoted.Shape(shape)}; expected {Quoted.Shape(tensor.Shape)}");
            }

            file.RequireDtype(tensor.Name, SafetensorsFile.Singles);
        }

        var names = wanted.Select(tensor => tensor.Name).ToHashSet();
        string[] unused = [.. file.Names.Where(name => !names.Contains(name))];
        if (unused.Length > 0) throw file.Broken(Unexpected(unused));
    }

    /// <summary>Reads the tensors that <see cref="Check"/> found fitting; all values must be finite.</summary>
    public static float[][] Read(SafetensorsFile file, IReadOnlyList<WantedTensor> wanted)
    {
        var tensors = new float[wanted.Count][];
        for (int i = 0; i < tensors.Length; i++)
        {
            tensors[i] = file.ReadSingles(wanted[i].Name);
            int bad = Finite.FirstBreach(tensors[i]);
            if (bad >= 0)
                throw file.Broken($"tensor {Quoted.Text(wanted[i].Name)} holds {tensors[i][bad]} at index {bad}; expected finite numbers");
        }

        return tensors;
    }

    /// <summary>What a message says of tensors that nothing asks for.</summary>
    public static string Unexpected(IReadOnlyCollection<string> names)
    {
        string advice = "";
        if (names.Any(name => name.EndsWith("_reverse", StringComparison.Ordinal))) advice += "; bidirectional layers are not supported";
        if (names.Any(name => name.Contains("weight_hr_l", StringComparison.Ordinal)))
            advice += "; projected LSTMs (proj_size) are not supported";
        return $"unexpected tensor {Quoted.List(names)}{advice}";
    }
}
