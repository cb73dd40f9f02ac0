using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <content>
/// The way back: step after step from the last to the first, then the products over all steps at once.
/// </content>
internal abstract unsafe partial class RecurrentLayer<S, V>
{
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void Backward(in BackwardPass pass, Crew? crew = null)
    {
        ForwardPass forward = pass.Forward;
        int batch = forward.Batch;
        int rows = forward.Steps * batch;
        if (pass.Resumes) BackwardBorder(pass, crew);

        if (crew is not null && SharesRows(forward, crew))
        {
            // The step at a border is kept whole before it is done.
            int first = pass.Continues ? 1 : 0;
            BackwardByRows(pass, first, crew);
            if (pass.Continues) BackwardStep(pass, 0, crew);
        }
        else
        {
            for (int t = forward.Steps - 1; t >= 0; t--) BackwardStep(pass, t, crew);
        }

        if (!pass.InputGradient.IsEmpty)
        {
            PanelProduct<S, V>.MultiplyTransposed(
                InputLayout, _inputTransposed, InputTransposed(pass.Transposed), GateRange.All(InputLayout), rows, forward.Gates, Pitch, default,
                pass.InputGradient, crew);
        }

        PanelProduct<S, V>.AccumulateGradient(
            InputLayout, pass.Gradients + _weightInput.Offset, GateRange.All(InputLayout), rows, forward.Input, forward.Gates, Pitch,
            crew);
        AccumulateHiddenGradient(pass, pass.Gradients + _weightHidden.Offset, crew);
        AccumulateBiasGradients(pass, crew);
    }

    /// <summary>One step back: gates become gradients of their chains, and <paramref name="d"/> is brought up to the step before.</summary>
    protected abstract void BackwardStep(in StepRows step, in StepGradients d);

    /// <summary><c>dW_hh</c> over all steps. The hidden states it met are the output one step earlier.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected virtual void AccumulateHiddenGradient(in BackwardPass pass, float* gradient, Crew? crew) =>
        AccumulateHiddenGradient(pass, gradient, GateRange.All(HiddenLayout), HiddenOffset, crew);

    /// <summary>The part of it that belongs to <paramref name="gates"/>, whose gradients stand from <paramref name="column"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void AccumulateHiddenGradient(in BackwardPass pass, float* gradient, GateRange gates, int column, Crew? crew)
    {
        // From the last row to the first: the first step, which met the initial state, comes last.
        ForwardPass forward = pass.Forward;
        Rows d = forward.Gates.FromColumn(column);
        int later = (forward.Steps - 1) * forward.Batch;
        PanelProduct<S, V>.AccumulateGradient(HiddenLayout, gradient, gates, later, forward.Output, d.From(forward.Batch), Pitch, crew);
        PanelProduct<S, V>.AccumulateGradient(HiddenLayout, gradient, gates, forward.Batch, forward.Hidden, d, Pitch, crew);
    }

    /// <summary><c>dh = init + d · W_hhᵀ</c> for the given gates, whose gradients stand from <paramref name="column"/> on.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    protected void MultiplyHiddenTransposed(in StepRows step, in StepGradients d, GateRange range, int column, Rows init, Rows dh)
    {
        if (d.AtBorder && dh.Data == d.HiddenBefore.Data) return;
        PanelProduct<S, V>.MultiplyTransposed(
            HiddenLayout, _hiddenTransposed, d.HiddenTransposed, range, step.Batch, step.Gates.FromColumn(column), Pitch, init, dh, d.Crew);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardStep(in BackwardPass pass, int t, Crew? crew)
    {
        StepRows step = StepOf(pass.Forward, t);
        StepGradients gradients = GradientsOf(pass, t) with { Crew = crew };
        if (gradients.AtBorder) pass.Border.Keep(step, gradients, GateColumns, PaddedHidden);
        BackwardStep(step, gradients);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static StepGradients GradientsOf(in BackwardPass pass, int t) => new()
    {
        Hidden = AtStep(pass.OutputGradient, t, pass.Forward.Batch),
        HiddenBefore = t == 0 ? pass.HiddenGradient : AtStep(pass.OutputGradient, t - 1, pass.Forward.Batch),
        Cell = pass.CellGradient,
        HiddenTransposed = pass.Transposed,
        AtBorder = t == 0 && pass.Continues,
    };

    // The step after these again, now that the gradient which it adds to is there.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void BackwardBorder(in BackwardPass pass, Crew? crew)
    {
        int last = pass.Forward.Steps - 1;
        var gradients = new StepGradients
        {
            Hidden = pass.Border.HiddenGradient,
            HiddenBefore = AtStep(pass.OutputGradient, last, pass.Forward.Batch),
            Cell = pass.Border.CellGradient,
            HiddenTransposed = pass.Transposed,
            Crew = crew,
        };
        BackwardStep(pass.Border.After(StepOf(pass.Forward, last)), gradients);
    }

    // Both biases of a chain have the same gradient. A GRU's last chains have only one of them each.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AccumulateBiasGradients(in BackwardPass pass, Crew? crew)
    {
        float* input = pass.Gradients + _biasInput.Offset;
        float* hidden = pass.Gradients + _biasHidden.Offset;
        int rows = pass.Forward.Steps * pass.Forward.Batch;
        Rows chains = pass.Forward.Gates;
        PanelProduct<S, V>.AccumulateBiasGradient(_biasInputLayout, input, rows, chains, Pitch, crew);
        if (FirstHiddenChain == 0) new Span<float>(input, _biasInput.PackedLength).CopyTo(new(hidden, _biasHidden.PackedLength));
        else PanelProduct<S, V>.AccumulateBiasGradient(_biasHiddenLayout, hidden, rows, chains.FromColumn(HiddenOffset), Pitch, crew);
    }
}
