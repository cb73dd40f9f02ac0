using Engine.Bench.Compare;
using Engine.Kernels;

namespace Engine.Bench.Peers;

/// <summary>This library through its public calls.</summary>
/// <param name="options">How the model runs.</param>
/// <param name="prepares">Whether steps are prepared where there is time before the input (<see cref="SequenceModel.Prepare"/>).</param>
internal sealed class EnginePeer(InferenceOptions options, bool prepares = false) : ITrainingPeer
{
    private static readonly InferenceOptions Defaults = new();

    public EnginePeer()
        : this(Defaults)
    {
    }

    /// <summary>The ways to run a model: as it was trained, with fast activations, with smaller weights.</summary>
    public static IReadOnlyList<InferenceOptions> Ways { get; } =
    [
        Defaults,
        Defaults with { Activations = ActivationAccuracy.Fast },
        Defaults with { Weights = WeightFormat.BFloat16 },
        Defaults with { Weights = WeightFormat.Int8 },
    ];

    public bool Prepares => prepares;

    public string Name => prepares ? "prepared" : options == Defaults ? "Engine" : options.Activations == ActivationAccuracy.Fast ? "fast" : Format;

    public string Format => options.Weights switch
    {
        WeightFormat.BFloat16 => "bf16",
        WeightFormat.Int8 => "int8",
        _ => "f32",
    };

    public int WeightSize => options.Weights switch
    {
        WeightFormat.BFloat16 => sizeof(short),
        WeightFormat.Int8 => sizeof(sbyte),
        _ => sizeof(float),
    };

    // Smaller weights are other weights. What they change is a few thousandths, in the worst output a few times that.
    public double Tolerance => options.Weights == WeightFormat.Float32 ? Agreement.Tolerance : 0.03;

    public string Description => $"Engine {typeof(SequenceModel).Assembly.GetName().Version?.ToString(3)}, {InstructionSets.Best}, {Format}"
        + (options.Activations == ActivationAccuracy.Fast ? ", fast activations" : "")
        + (prepares ? ", from the input to the answer, after Prepare" : "")
        + (options.Weights == WeightFormat.Float32 ? "" : $", outputs within {Tolerance:0 %} of the largest");

    public string? Missing => null;

    public bool CanRun(Case sizes) => true;

    public InferenceRunner Prepare(CaseData data) => new EngineRunner(data, options, prepares);

    public bool CanTrain(TrainingCase sizes) => true;

    public TrainingWork WorkOf(TrainingCase sizes) => new(WholeStep: true, sizes.InputGradient);

    public TrainingRunner Prepare(TrainingData data) => new EngineTrainingRunner(data);

    public void Dispose()
    {
    }

    private sealed class EngineRunner : InferenceRunner
    {
        private readonly SequenceModel _model;
        private readonly StreamState _state;
        private readonly bool _steps;
        private readonly bool _prepares;
        private readonly float[] _x;
        private readonly float[] _y;

        public EngineRunner(CaseData data, InferenceOptions options, bool prepares)
        {
            Case sizes = data.Sizes;
            _model = SequenceModel.Create(Bench.Workload.Spec(sizes.Cell, sizes.Inputs, sizes.Hidden));
            float[][] tensors = [data.WeightIh, data.WeightHh, data.BiasIh, data.BiasHh];
            string[] suffixes = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"];
            for (int i = 0; i < tensors.Length; i++)
                _model.SetParameter(_model.Parameters.Single(p => p.Name.EndsWith(suffixes[i], StringComparison.Ordinal)).Name, tensors[i]);

            if (options != Defaults) _model = _model.ForInference(options);
            _state = _model.CreateState(sizes.Batch);
            _steps = sizes.Workload == WorkloadKind.Step;
            _prepares = prepares;
            _x = data.X;
            _y = new float[data.OutputCount];
        }

        public override void Reset()
        {
            _state.Reset();
            BeforeInput();
        }

        public override void BeforeInput()
        {
            if (_prepares) _model.Prepare(_state);
        }

        public override void Run()
        {
            if (_steps) _model.Step(_state, _x, _y);
            else _model.Run(_state, _x, _y);
        }

        public override void ReadOutputs(Span<float> y) => _y.CopyTo(y);

        protected override void Dispose(bool disposing)
        {
            _state.Dispose();
            _model.Dispose();
            base.Dispose(disposing);
        }
    }
}
