namespace Engine.Tests.Samples;

/// <summary>README: the smallest program that runs a model.</summary>
internal static class FirstStepSample
{
    public static void Run()
    {
        // <sample>
        ModelSpec spec = ModelSpec.Input(features: 2).Lstm(hidden: 32).Linear(outputs: 1);
        using SequenceModel model = SequenceModel.Create(spec, seed: 1);    // fresh weights; Load("file") for trained ones
        using StreamState state = model.CreateState();                      // the memory of one stream

        Span<float> y = stackalloc float[model.OutputSize];
        for (int t = 0; t < 5; t++)
        {
            float value = MathF.Sin(0.3f * t);
            model.Step(state, [value, 1f], y);                              // nothing is allocated here
            Console.WriteLine($"step {t}: {y[0]}");
        }

        // </sample>
    }
}
