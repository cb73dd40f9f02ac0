namespace Engine.Tests.Samples;

/// <summary>README: train a forecaster, save it, load it.</summary>
internal static class TrainSample
{
    public static float Run(float[] series, string file)
    {
        // <sample>
        const int T = 32, B = 8;
        ModelSpec spec = ModelSpec.Input(features: 1).Lstm(hidden: 16).Linear(outputs: 1);
        using SequenceModel model = SequenceModel.Create(spec, seed: 42);
        using var trainer = new Trainer(model, new TrainerOptions
        {
            SequenceLength = T, BatchSize = B, ClipNorm = 1, Optimizer = new() { LearningRate = 0.01 },
        });

        var random = new Random(1);
        var inputs = new float[T * B];    // [T, B, features]
        var targets = new float[T * B];   // [T, B, outputs]: what comes one step later
        TrainingStep step = default;
        for (int i = 0; i < 300; i++)
        {
            for (int b = 0; b < B; b++)
            {
                int start = random.Next(series.Length - T);
                for (int t = 0; t < T; t++) (inputs[(t * B) + b], targets[(t * B) + b]) = (series[start + t], series[start + t + 1]);
            }

            step = trainer.Step(inputs, targets);
        }

        Console.WriteLine($"{spec}: loss {step.Loss:g3} after {trainer.Steps} steps");
        model.Save(file);
        // </sample>
        return step.Loss;
    }
}
