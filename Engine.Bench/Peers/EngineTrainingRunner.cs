using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary><see cref="Trainer.Step(ReadOnlySpan{float}, ReadOnlySpan{float})"/>, or its counterpart for token ids.</summary>
internal sealed class EngineTrainingRunner : TrainingRunner
{
    private readonly SequenceModel _model;
    private readonly Trainer _trainer;
    private readonly TrainingData _data;
    private readonly bool _tokens;
    private float _loss;

    public EngineTrainingRunner(TrainingData data)
    {
        _data = data;
        _tokens = data.Sizes.Vocabulary > 0;
        _model = SequenceModel.Create(data.Sizes.Spec);
        foreach ((string name, float[] values) in data.Names.Zip(data.Parameters)) _model.SetParameter(name, values);
        _trainer = new(_model, data.Sizes.Options);
    }

    /// <summary>What a layer without a head computes, through the trainer's pieces: the measure of engines that train only a layer.</summary>
    public static IReadOnlyList<float[]> LayerGradients(TrainingData data)
    {
        TrainingCase sizes = data.Sizes;
        using SequenceModel model = SequenceModel.Create(Bench.Workload.Spec(sizes.Cell, sizes.Inputs, sizes.Hidden));
        foreach ((string name, float[] values) in data.Names.Zip(data.Parameters).Take(model.Parameters.Count)) model.SetParameter(name, values);
        using var trainer = new Trainer(model, sizes.Options with { InputGradient = true });
        trainer.Forward(data.X);
        trainer.Backward(data.OutputGradient);
        return [trainer.InputGradient.ToArray(), .. Gradients(trainer, data)];
    }

    public override void Run() => _loss = (_tokens ? _trainer.Step(_data.Tokens, _data.Classes) : _trainer.Step(_data.X, _data.Targets)).Loss;

    public override IReadOnlyList<float[]> FirstCalls()
    {
        List<float[]> results = [];
        for (int i = 0; i < Calls; i++)
        {
            Run();
            results.AddRange([[_loss], .. Gradients(_trainer, _data)]);
        }

        return results;
    }

    protected override void Dispose(bool disposing)
    {
        _trainer.Dispose();
        _model.Dispose();
        base.Dispose(disposing);
    }

    private static IEnumerable<float[]> Gradients(Trainer trainer, TrainingData data)
    {
        for (int i = 0; i < trainer.Model.Parameters.Count; i++)
        {
            var gradient = new float[data.Parameters[i].Length];
            trainer.GetGradient(data.Names[i], gradient);
            yield return gradient;
        }
    }
}
