namespace Engine.Demo;

/// <summary>The recurrent layer that a task is tried with.</summary>
internal enum Cell
{
    Rnn,
    Lstm,
    Gru,
}

/// <summary>Names of the cells, and how one is added to a description.</summary>
internal static class Cells
{
    public static string Label(this Cell cell) => cell switch
    {
        Cell.Rnn => "rnn",
        Cell.Lstm => "lstm",
        _ => "gru",
    };

    public static ModelSpec Recurrent(this ModelSpec spec, Cell cell, int hidden) => cell switch
    {
        Cell.Rnn => spec.Rnn(hidden),
        Cell.Lstm => spec.Lstm(hidden),
        _ => spec.Gru(hidden),
    };
}
