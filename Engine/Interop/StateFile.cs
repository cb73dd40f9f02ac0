namespace Engine.Interop;

/// <summary>
/// The file of a <see cref="StreamState"/>: per recurrent layer <c>h_l0</c> [B, hidden] and, for an LSTM, <c>c_l0</c>.
/// </summary>
internal static class StateFile
{
    public static void Save(string path, StreamState state)
    {
        List<StateTensor> tensors = TensorsOf(state);
        SafetensorsWriter.Write(path, [], [.. tensors.Select(tensor => new ParameterInfo(tensor.Name, tensor.Shape))], (i, values) =>
        {
            StateTensor tensor = tensors[i];
            if (tensor.IsCell) state.GetCell(tensor.Layer, values);
            else state.GetHidden(tensor.Layer, values);
        });
    }

    /// <summary>Reads a file that fits <paramref name="state"/>, without changing it.</summary>
    /// <returns>A snapshot.</returns>
    public static float[] Load(string path, StreamState state)
    {
        using SafetensorsFile file = SafetensorsFile.Read(path);
        WantedTensor[] wanted = [.. TensorsOf(state).Select(tensor => new WantedTensor(tensor.Name, tensor.Shape))];
        WantedTensors.Check(file, wanted);
        return [.. WantedTensors.Read(file, wanted).SelectMany(values => values)];
    }

    /// <summary>Whether a file looks like one.</summary>
    public static bool IsOne(SafetensorsFile file) =>
        file.Contains("h_l0") && file.Names.All(name => name.StartsWith("h_l", StringComparison.Ordinal) || name.StartsWith("c_l", StringComparison.Ordinal));

    // In the order of a snapshot.
    private static List<StateTensor> TensorsOf(StreamState state)
    {
        var tensors = new List<StateTensor>();
        for (int layer = 0; layer < state.RecurrentLayerCount; layer++)
        {
            int[] shape = [state.BatchSize, state.HiddenSize(layer)];
            tensors.Add(new($"h_l{layer}", shape, layer, IsCell: false));
            if (state.HasCell(layer)) tensors.Add(new($"c_l{layer}", shape, layer, IsCell: true));
        }

        return tensors;
    }

    private sealed record StateTensor(string Name, int[] Shape, int Layer, bool IsCell);
}
