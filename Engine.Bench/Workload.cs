namespace Engine.Bench;

/// <summary>The cells that are compared.</summary>
public enum Cell
{
    Rnn,
    Lstm,
    Gru,
}

/// <summary>Models and data that every benchmark makes in the same way.</summary>
internal static class Workload
{
    public static ModelSpec Spec(Cell cell, int inputs, int hidden) => Recurrent(ModelSpec.Input(inputs), cell, hidden);

    /// <summary>One more layer.</summary>
    public static ModelSpec Recurrent(ModelSpec before, Cell cell, int hidden) => cell switch
    {
        Cell.Rnn => before.Rnn(hidden),
        Cell.Lstm => before.Lstm(hidden),
        _ => before.Gru(hidden),
    };

    public static SequenceModel Model(ModelSpec spec) => SequenceModel.Create(spec, seed: 1, Initialization.PyTorch);

    /// <summary>Values in [−1, 1), the same every time.</summary>
    public static float[] Values(int count, int seed = 1)
    {
        var random = new Random(seed);
        var values = new float[count];
        for (int i = 0; i < count; i++) values[i] = (random.NextSingle() * 2) - 1;
        return values;
    }
}
