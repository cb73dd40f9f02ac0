namespace Engine.Bench.Compare;

/// <summary>What one call computes.</summary>
public enum WorkloadKind
{
    /// <summary>One time step of one stream.</summary>
    Step,

    /// <summary>A whole sequence, one or many streams side by side.</summary>
    Run,

    /// <summary>A whole training step.</summary>
    Train,
}

/// <summary>One row of the comparison: the sizes of one call of one recurrent layer.</summary>
internal record Case(WorkloadKind Workload, Cell Cell, int Inputs, int Hidden, int Steps, int Batch)
{
    public int Gates => Cell switch
    {
        Cell.Rnn => 1,
        Cell.Gru => 3,
        _ => 4,
    };

    /// <summary>A multiply-add counts as two; activations and biases are not counted.</summary>
    public double Flops => 2.0 * Gates * Hidden * (Inputs + Hidden) * Steps * Batch;

    /// <summary>Bytes of one weight.</summary>
    public int WeightSize { get; init; } = sizeof(float);

    /// <summary>Bytes of both weight matrices.</summary>
    public long WeightBytes => (long)WeightSize * Gates * Hidden * (Inputs + Hidden);

    /// <summary>Bytes of the hidden state's weights, which must be read again at every time step.</summary>
    public long RecurrentBytes => (long)WeightSize * Gates * Hidden * Hidden;

    public string CellName => Cell.ToString().ToUpperInvariant();

    /// <summary>All but H, for the heading of a table.</summary>
    public virtual string Heading => $"{CellName} {Kind}, T={Steps}, B={Batch}, {(Inputs == 1 ? "I=1" : "I=H")}";

    protected string Kind => Workload.ToString().ToLowerInvariant();

    public sealed override string ToString() => $"{Kind} {CellName} I={Inputs} H={Hidden} T={Steps} B={Batch}";
}
