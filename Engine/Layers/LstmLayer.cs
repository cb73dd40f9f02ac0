using Engine.Kernels;

namespace Engine.Layers;

/// <summary>LSTM. Gate rows are <c>[blocks][i f g o][16]</c>; both weight matrices have all four.</summary>
internal sealed unsafe class LstmLayer<S, V>(LayerName name, int inputSize, int hidden)
    : RecurrentLayer<S, V>(name, inputSize, hidden, [0, 1, 2, 3], [0, 1, 2, 3])
    where S : struct, ISimd<V>
    where V : struct
{
    public override bool HasCell => true;

    protected override int ChainsPerUnit => 4;

    protected override int FirstHiddenChain => 0;

    // The forget gate, the second of four.
    protected override (int First, int Count) OpenAtFirst => (Hidden, Hidden);

    protected override bool StepsAlone => true;

    protected override void StepAlone(float* init, float* x, int inputs, float* h, float* chains) =>
        LstmStep<S, V>.Run(init, x, inputs, InputWeights, h, Hidden, HiddenWeights, chains);

    protected override void Activate(int batch, Rows gates, bool record, Rows h, Rows c, Rows cOut, Rows hOut) =>
        LstmCell<S, V>.Forward(batch, Hidden, gates, record, c, cOut, hOut);

    protected override void BackwardStep(
        int batch, Rows gates, Rows hBefore, Rows h, Rows cBefore, Rows c, Rows dh, Rows dhBefore, Rows dc, float* hiddenTransposed)
    {
        LstmCell<S, V>.Backward(batch, Hidden, gates, cBefore, c, dh, dc);
        MultiplyHiddenTransposed(batch, GateRange.All(HiddenLayout), gates, HiddenOffset, hiddenTransposed, dhBefore, dhBefore);
    }
}
