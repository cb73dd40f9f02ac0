namespace Engine.Tests.Samples;

/// <summary>README: many streams at once, and states to borrow.</summary>
internal static class ManyStreamsSample
{
    public static float[] Run(SequenceModel model, float[] inputs, int streams)
    {
        // <sample>
        var pool = new StreamStatePool(model, streams, maximumRetained: 64); // hosts whose streams come and go: 64 idle states are kept
        StreamState state = pool.Get();                               // all zero, and nobody else has it

        int steps = inputs.Length / (streams * model.InputSize);      // inputs: [T, B, features]
        var outputs = new float[steps * streams * model.OutputSize];
        model.Run(state, inputs, outputs);                            // the same bits as step by step and stream by stream
        state.ResetRow(0);                                            // the first stream begins anew, the others go on
        pool.Return(state);
        // </sample>
        return outputs;
    }
}
