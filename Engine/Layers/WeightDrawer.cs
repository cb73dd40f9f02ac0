using Engine.Layout;

namespace Engine.Layers;

/// <summary>Draws tensors into the flat weights. A layer says which of its tensors follows which rule.</summary>
/// <param name="random">Where the numbers come from.</param>
/// <param name="flat">The flat weights.</param>
internal ref struct WeightDrawer(RandomNumbers random, Span<float> flat)
{
    private readonly Span<float> _flat = flat;

    /// <summary>Every value uniform in ±<paramref name="limit"/>.</summary>
    public readonly void Uniform(Parameter parameter, double limit)
    {
        var values = new float[parameter.Count];
        for (int i = 0; i < values.Length; i++) values[i] = random.Uniform(limit);
        parameter.Pack(values, _flat);
    }

    /// <summary>Every value uniform in ±√(6 / (inputs + outputs)) (Glorot and Bengio 2010), outputs counted per gate.</summary>
    public readonly void Glorot(Parameter parameter, int inputs, int outputs) => Uniform(parameter, Math.Sqrt(6.0 / (inputs + outputs)));

    /// <summary>Every value standard normal.</summary>
    public readonly void Normal(Parameter parameter)
    {
        var values = new float[parameter.Count];
        for (int i = 0; i < values.Length; i++) values[i] = (float)random.Normal();
        parameter.Pack(values, _flat);
    }

    /// <summary>An orthogonal matrix for each gate.</summary>
    public readonly void Orthogonal(Parameter parameter, int size)
    {
        var values = new float[parameter.Count];
        for (int gate = 0; gate < values.Length; gate += size * size)
        {
            double[] matrix = OrthogonalMatrix.Draw(random, size);
            for (int i = 0; i < matrix.Length; i++) values[gate + i] = (float)matrix[i];
        }

        parameter.Pack(values, _flat);
    }

    /// <summary>Gives <paramref name="count"/> values from <paramref name="first"/> on one value; the others become 0.</summary>
    public readonly void Preset(Parameter parameter, int first, int count, float value)
    {
        var values = new float[parameter.Count];
        values.AsSpan(first, count).Fill(value);
        parameter.Pack(values, _flat);
    }
}
