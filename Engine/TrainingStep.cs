namespace Engine;

/// <summary>What a training step did.</summary>
/// <param name="Loss">The loss before the update; NaN where none was computed (<see cref="Trainer.Update"/>).</param>
/// <param name="GradientNorm">Norm of all gradients together before clipping, of the kind the options name; NaN if there were none.</param>
/// <param name="NonFinite">Null, or why nothing was updated.</param>
public readonly record struct TrainingStep(float Loss, float GradientNorm, NonFinite? NonFinite)
{
    /// <summary>Whether the weights were updated; not if the loss or a gradient was no finite number.</summary>
    public bool Updated => NonFinite is null;
}

/// <summary>
/// Where the first value that is no finite number was met, or a gradient beyond 1e18, whose square is none. Weights, optimizer and
/// state were left as they were.
/// </summary>
/// <param name="Tensor">
/// The tensor: <c>input</c>, <c>lstm.l0 initial state</c>, <c>lstm.l0 output</c>, <c>target</c>, <c>gradient of
/// lstm.weight_hh_l0</c> …
/// </param>
/// <param name="TimeStep">
/// The time step, counted from 0, where it can be told: the first on the way forward, the last on the way back.
/// </param>
public sealed record NonFinite(string Tensor, int? TimeStep)
{
    /// <summary>For a log line.</summary>
    public override string ToString() => TimeStep is { } t ? $"{Tensor} at time step {t}" : Tensor;
}
