using System.Runtime.InteropServices;

namespace Engine.Tests.Contract;

/// <summary>Test data from a seed, and floats as bits.</summary>
internal static class Numbers
{
    /// <summary>Uniform in [−1, 1).</summary>
    public static float[] Draw(Random random, int count)
    {
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (2 * random.NextSingle()) - 1;
        return values;
    }

    /// <summary>So that NaNs can be compared, and 0 with −0 cannot.</summary>
    public static int[] Bits(ReadOnlySpan<float> values) => MemoryMarshal.Cast<float, int>(values).ToArray();

    public static float[] Parameter(SequenceModel model, string name)
    {
        var values = new float[model.Parameters.Single(parameter => parameter.Name == name).Count];
        model.GetParameter(name, values);
        return values;
    }

    /// <summary>All parameters behind each other, in PyTorch's layout.</summary>
    public static float[] Weights(SequenceModel model) =>
        [.. model.Parameters.SelectMany(parameter => Parameter(model, parameter.Name))];

    public static float[] Snapshot(StreamState state)
    {
        var values = new float[state.SnapshotLength];
        state.Save(values);
        return values;
    }
}
