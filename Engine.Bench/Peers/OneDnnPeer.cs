using System.Runtime.InteropServices;
using Engine.Bench.Compare;
using static Engine.Bench.Peers.OneDnnNative;

namespace Engine.Bench.Peers;

/// <summary>oneDNN through its C API: <c>vanilla_rnn</c>, <c>vanilla_lstm</c>, <c>lbr_gru</c>, weights in the layout it prefers.</summary>
internal sealed unsafe class OneDnnPeer : ITrainingPeer
{
    private readonly nint _engine;
    private readonly nint _stream;

    public OneDnnPeer()
    {
        // The variable for its threads must be set before the library is loaded.
        if (!NativeLibrary.TryLoad(Library, out _))
        {
            Missing = "apt-get install libdnnl2";
            return;
        }

        Check(CreateEngine(out _engine, Cpu, 0), "engine");
        Check(CreateStream(out _stream, _engine, DefaultStream), "stream");
        int* version = GetVersion();
        Description = $"oneDNN {version[0]}.{version[1]}.{version[2]}, C API";
    }

    public string Name => "oneDNN";

    public string Description { get; } = "";

    public string? Missing { get; }

    public bool CanRun(Case sizes) => true;

    public InferenceRunner Prepare(CaseData data) => new OneDnnRunner(data, _engine, _stream);

    public bool CanTrain(TrainingCase sizes) => sizes is { Layers: 1, Vocabulary: 0 };

    public TrainingWork WorkOf(TrainingCase sizes) => new(WholeStep: false, InputGradient: true);

    public TrainingRunner Prepare(TrainingData data) => new OneDnnTrainingRunner(data, _engine, _stream);

    public void Dispose()
    {
        if (Missing is not null) return;
        _ = DestroyStream(_stream);
        _ = DestroyEngine(_engine);
    }
}
