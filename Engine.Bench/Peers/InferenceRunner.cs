namespace Engine.Bench.Peers;

/// <summary>A layer that runs. The state moves on from call to call.</summary>
internal abstract class InferenceRunner : Runner
{
    /// <summary>Sets the state to zero.</summary>
    public abstract void Reset();

    /// <summary>Copies out what the last call computed.</summary>
    /// <param name="y">[T, B, H].</param>
    public abstract void ReadOutputs(Span<float> y);
}
