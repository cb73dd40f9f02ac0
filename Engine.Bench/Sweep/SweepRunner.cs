using Engine.Bench.Compare;
using Engine.Bench.Peers;

namespace Engine.Bench.Sweep;

/// <summary>One point: a model of one recurrent layer that runs a sequence, or trains on one.</summary>
internal sealed class SweepRunner : Runner
{
    private readonly SequenceModel _model;
    private readonly StreamState? _state;
    private readonly Trainer? _trainer;
    private readonly float[] _x;
    private readonly float[] _y;

    public SweepRunner(Case sizes)
    {
        int rows = sizes.Steps * sizes.Batch;
        _x = Bench.Workload.Values(rows * sizes.Inputs);
        if (sizes is TrainingCase training)
        {
            _model = Bench.Workload.Model(training.Spec);
            _trainer = new(_model, training.Options);
            _y = Bench.Workload.Values(rows * training.Outputs, seed: 2);
        }
        else
        {
            _model = Bench.Workload.Model(Bench.Workload.Spec(sizes.Cell, sizes.Inputs, sizes.Hidden));
            _state = _model.CreateState(sizes.Batch);
            _y = new float[rows * sizes.Hidden];
        }
    }

    public override void Run()
    {
        if (_trainer is not null) _trainer.Step(_x, _y);
        else _model.Run(_state!, _x, _y);
    }

    protected override void Dispose(bool disposing)
    {
        _trainer?.Dispose();
        _state?.Dispose();
        _model.Dispose();
        base.Dispose(disposing);
    }
}
