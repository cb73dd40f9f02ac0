namespace Engine.Tests.Samples;

/// <summary>README: run a saved model on a stream, one value at a time.</summary>
internal static class StepSample
{
    public static float[] Run(string file, IEnumerable<float> source)
    {
        var forecasts = new List<float>();
        // <sample>
        using SequenceModel model = SequenceModel.Load(file);     // the weights: any number of threads may share them
        using StreamState state = model.CreateState();            // the memory of one stream

        Span<float> y = stackalloc float[model.OutputSize];
        foreach (float value in source)
        {
            model.Step(state, [value], y);                        // nothing is allocated here
            forecasts.Add(y[0]);
            model.Prepare(state);                                 // optional, while waiting: less is left for the next Step
        }

        // </sample>
        return [.. forecasts];
    }
}
