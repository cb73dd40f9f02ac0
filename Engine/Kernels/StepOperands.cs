using System.Runtime.CompilerServices;
using Engine.Layout;

namespace Engine.Kernels;

/// <summary>What one time step of one stream reads and writes. States are rows of [padded hidden].</summary>
/// <remarks>Of a linear layer: Init is its bias, Hidden its outputs, HiddenAfter its answer, of which no padding is written.</remarks>
internal unsafe struct StepOperands
{
    /// <summary>A gate row: where the sums over x start: the folded biases, or sums that are complete, because the input is projected already.</summary>
    public float* Init;

    /// <summary>A gate row: where the sums over h start, having met the first <see cref="Met"/> values of it.</summary>
    public float* HiddenSums;

    /// <summary>
    /// A gate row of scratch for the sums over x, where they have to wait in memory; not used without <see cref="Inputs"/>: then they wait in
    /// <see cref="Init"/>, which is written over.
    /// </summary>
    public float* Gates;

    /// <summary>The same for the sums over h; may be <see cref="HiddenSums"/>, unless those are biases.</summary>
    public float* Sums;

    /// <summary>0, or all units, or those before <see cref="Units"/>, which are then one panel.</summary>
    public int Met;

    /// <summary>[<see cref="Inputs"/>]; not read if there are none, because the input is projected already.</summary>
    public float* X;

    public int Inputs;

    /// <summary>Packed weight_ih.</summary>
    public float* InputWeights;

    /// <summary>Packed weight_hh.</summary>
    public float* HiddenWeights;

    /// <summary>Units.</summary>
    public int Hidden;

    /// <summary>The hidden state before the step; overlaps nothing that is written.</summary>
    public float* HiddenBefore;

    /// <summary>Written: the hidden state after it.</summary>
    public float* HiddenAfter;

    /// <summary>
    /// Written like <see cref="HiddenAfter"/>, or null: whoever waits for the answer of one stream gets it without a copy, which would
    /// wait for the stored state. Of length <see cref="Hidden"/>, which then has to be a multiple of the lanes: whole vectors are stored.
    /// </summary>
    public float* Answer;

    /// <summary>An LSTM's cell before the step.</summary>
    public float* CellBefore;

    /// <summary>Written: its cell after the step; may be <see cref="CellBefore"/>.</summary>
    public float* CellAfter;

    /// <summary>The units to compute: all, or whole panels or strips of them.</summary>
    public UnitRange Units;

    /// <summary>
    /// Whether the units are taken from the last to the first. Steps take turns, so that the weights which one read last, still in
    /// a near cache, are the first that the next one reads.
    /// </summary>
    public bool Reversed;

    /// <summary>Where the activated gates go: <see cref="Init"/>, whose sums have been read by then, or null.</summary>
    public float* Record;

    /// <summary>Which of <paramref name="count"/> equal pieces of the units comes as the i-th.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int InTurn(int i, int count) => Reversed ? count - 1 - i : i;

    /// <summary>How many vectors the units are; padding behind the last of them is left out.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Groups(int lanes) => (Math.Min(Units.End, Hidden) - Units.First + lanes - 1) / lanes;

    /// <summary>
    /// How many pairs of vectors the units are: the first one begins at <paramref name="unit"/>, each next one <paramref name="stride"/> further,
    /// and an odd last vector would begin at <paramref name="last"/>.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly int Pairs(int lanes, out int unit, out int stride, out int last)
    {
        int pairs = Groups(lanes) / 2;
        stride = Reversed ? -2 * lanes : 2 * lanes;
        unit = Units.First + (Reversed ? (pairs - 1) * 2 * lanes : 0);
        last = Units.First + (pairs * 2 * lanes);
        return pairs;
    }

    /// <summary>Whether a group that begins at this unit, behind others, is one of <see cref="Units"/> and not all padding.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public readonly bool Computes(int unit) => unit < Units.End && unit < Hidden;
}
