using Engine.Kernels;

namespace Engine.Layers;

/// <summary>Vanilla RNN with nonlinearity <typeparamref name="F"/>. Gate rows are <c>[padded hidden]</c>, the one chain of every unit.</summary>
internal sealed class RnnLayer<S, V, F>(LayerName name, int inputSize, int hidden)
    : RecurrentLayer<S, V>(name, inputSize, hidden, [0], [0])
    where S : struct, ISimd<V>
    where V : struct
    where F : struct, INonlinearity<S, V>
{
    protected override int ChainsPerUnit => 1;

    protected override int FirstHiddenChain => 0;

    protected override unsafe void Activate(int batch, Rows gates, bool record, Rows h, Rows c, Rows cOut, Rows hOut) =>
        RnnCell<S, V, F>.Forward(batch, Hidden, gates, hOut);

    protected override unsafe void BackwardStep(
        int batch, Rows gates, Rows hBefore, Rows h, Rows cBefore, Rows c, Rows dh, Rows dhBefore, Rows dc, float* hiddenTransposed)
    {
        RnnCell<S, V, F>.Backward(batch, Hidden, gates, h, dh);
        MultiplyHiddenTransposed(batch, GateRange.All(HiddenLayout), gates, HiddenOffset, hiddenTransposed, dhBefore, dhBefore);
    }
}
