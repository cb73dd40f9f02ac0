using Engine.Bench.Peers;

namespace Engine.Bench.Scaling;

/// <summary>A case by so many threads.</summary>
internal sealed class ScalingRunner : Runner
{
    private readonly SequenceModel _model;
    private readonly StreamState? _state;
    private readonly Trainer? _trainer;
    private readonly float[] _x;
    private readonly float[] _y;

    public ScalingRunner(ScalingCase sizes, int threads)
    {
        int rows = sizes.Steps * sizes.Batch;
        ModelSpec spec = Workload.Spec(sizes.Cell, sizes.Hidden, sizes.Hidden);
        _model = Workload.Model(sizes.Work == SharedWork.Train ? spec.Linear(1) : spec);
        _x = Workload.Values(rows * sizes.Hidden);
        _y = sizes.Work == SharedWork.Train ? Workload.Values(rows, seed: 2) : new float[rows * sizes.Hidden];
        if (sizes.Work == SharedWork.Train)
        {
            _trainer = new(_model, new()
            {
                SequenceLength = sizes.Steps, BatchSize = sizes.Batch, ClipNorm = 1, InputGradient = true, Threads = threads,
            });
        }
        else
        {
            _state = _model.CreateState(sizes.Batch, threads);
        }
    }

    public override void Run()
    {
        if (_trainer is not null) _trainer.Step(_x, _y);
        else _model.Run(_state!, _x, _y);
    }

    /// <summary>Runs once; then gives the outputs, or the weights.</summary>
    public float[] Result()
    {
        Run();
        if (_trainer is null) return [.. _y];
        List<float> weights = [];
        foreach (ParameterInfo parameter in _model.Parameters)
        {
            var values = new float[parameter.Shape.Aggregate(1, (product, size) => product * size)];
            _model.GetParameter(parameter.Name, values);
            weights.AddRange(values);
        }

        return [.. weights];
    }

    protected override void Dispose(bool disposing)
    {
        _trainer?.Dispose();
        _state?.Dispose();
        _model.Dispose();
        base.Dispose(disposing);
    }
}
