namespace Engine.Bench.Peers;

/// <summary>A model, or a layer, in training. The weights of a whole step move on from call to call, those of a layer alone stay.</summary>
internal abstract class TrainingRunner : Runner
{
    /// <summary>Whole steps that <see cref="FirstCalls"/> makes: from the second on, the updates before count.</summary>
    protected const int Calls = 3;

    /// <summary>Makes the first calls and gives what they computed, to be called once, before all others.</summary>
    /// <returns>
    /// Of whole steps: for each step the loss and the gradients of all parameters before clipping. Of a layer alone, for
    /// <see cref="Compare.TrainingData.OutputGradient"/>: the gradients of x, weight_ih, weight_hh, bias_ih, bias_hh.
    /// </returns>
    public abstract IReadOnlyList<float[]> FirstCalls();
}
