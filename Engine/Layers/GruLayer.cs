using Engine.Kernels;

namespace Engine.Layers;

/// <summary>
/// Reset-after GRU. Gate rows are <c>[blocks][n_x r z n_h][16]</c>: weight_ih has the first three, weight_hh the last three.
/// </summary>
internal sealed unsafe class GruLayer<S, V>(LayerName name, int inputSize, int hidden)
    : RecurrentLayer<S, V>(name, inputSize, hidden, [1, 2, 0], [0, 1, 2])
    where S : struct, ISimd<V>
    where V : struct
{
    protected override int ChainsPerUnit => 4;

    protected override int FirstHiddenChain => 1;

    protected override bool StepsAlone => true;

    protected override void StepAlone(float* init, float* x, int inputs, float* h, float* chains) =>
        GruStep<S, V>.Run(init, x, inputs, InputWeights, h, Hidden, HiddenWeights, chains);

    protected override void Activate(int batch, Rows gates, bool record, Rows h, Rows c, Rows cOut, Rows hOut) =>
        GruCell<S, V>.Forward(batch, Hidden, gates, record, h, hOut);

    protected override void BackwardStep(
        int batch, Rows gates, Rows hBefore, Rows h, Rows cBefore, Rows c, Rows dh, Rows dhBefore, Rows dc, float* hiddenTransposed)
    {
        GruCell<S, V>.Backward(batch, Hidden, gates, hBefore, dh, dhBefore);
        MultiplyHiddenTransposed(batch, GateRange.All(HiddenLayout), gates, HiddenOffset, hiddenTransposed, dhBefore, dhBefore);
    }
}
