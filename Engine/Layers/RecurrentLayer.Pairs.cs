using System.Runtime.CompilerServices;
using Engine.Kernels;

namespace Engine.Layers;

/// <content>
/// One stream, two steps at a time. The later step needs the hidden state that the earlier one gives; but a chain meets the units in
/// their order, so it can go on as far as they are done. While a panel's chains of the earlier step meet the units before that panel,
/// the later step's meet them, too, and weights are read once for both: of what two steps read, a quarter less. The chains are the same.
/// </content>
internal abstract unsafe partial class RecurrentLayer<S, V>
{
    // Weights near the core are read as fast as they are multiplied, and few panels share little: an LSTM or GRU of 64 units gains nothing.
    private const int LeastShared = 64 * 1024 / sizeof(float);

    private readonly bool _stepsInPairs;

    /// <summary>
    /// What is left of a step of one stream for the units of one panel, after x and the units before.
    /// </summary>
    protected virtual void FinishPanel(in StepOperands step) => throw new NotSupportedException();

    // The product's two rows are the two steps.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepPair(StepOperands earlier, StepOperands later, Rows sums)
    {
        int width = HiddenLayout.PanelUnits;
        int panels = (Hidden + width - 1) / width;
        var hidden = new Rows(earlier.HiddenBefore, (nint)(later.HiddenBefore - earlier.HiddenBefore));
        var bias = new Rows(HiddenBias + HiddenOffset, 0);
        MatrixProduct both = PanelProduct<S, V>.OfFirstPanel(
            HiddenLayout, HiddenWeights, rows: 2, hidden, bias, sums.FromColumn(HiddenOffset), Pitch);
        for (int panel = 0; panel < panels; panel++)
        {
            int unit = panel * width;
            if (panel > 0)
            {
                PanelProduct<S, V>.ToNextPanel(ref both, HiddenLayout, panel);
                both.Depth = unit;
                MatrixProduct<S, V>.Run(both);
                earlier.HiddenSums = sums.Data;
            }

            earlier.Met = unit;
            earlier.Units = new(unit, Math.Min(unit + width, PaddedHidden));
            FinishPanel(earlier);
        }

        // Back from the last to the first: the next two steps begin with the weights that these read last.
        for (int panel = panels - 1; panel >= 0; panel--)
        {
            int unit = panel * width;
            later.HiddenSums = panel > 0 ? sums.From(1).Data : HiddenBias;
            later.Met = unit;
            later.Units = new(unit, Math.Min(unit + width, PaddedHidden));
            FinishPanel(later);
        }
    }
}
