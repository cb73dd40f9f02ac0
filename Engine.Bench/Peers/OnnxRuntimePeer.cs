using System.Runtime.InteropServices;
using Engine.Bench.Compare;
using Engine.Memory;

namespace Engine.Bench.Peers;

/// <summary>ONNX Runtime through its C API: a model of one node, tensors bound once.</summary>
internal sealed unsafe class OnnxRuntimePeer : IPeer
{
    private const string Variable = "ENGINE_BENCH_ONNXRUNTIME";
    private const string Install = $"npm install --ignore-scripts onnxruntime-node; export {Variable}=FOLDER/libonnxruntime.so.1";

    private readonly OnnxRuntimeNative? _native;
    private readonly nint _environment;
    private readonly nint _memoryInfo;

    public OnnxRuntimePeer()
    {
        string path = Environment.GetEnvironmentVariable(Variable) ?? "libonnxruntime.so.1";
        if (!NativeLibrary.TryLoad(path, out nint library)) return;

        _native = new(library);
        _environment = _native.CreateEnvironment();
        _memoryInfo = _native.CreateMemoryInfo();
    }

    public string Name => "ONNX RT";

    public string Description => $"ONNX Runtime {_native?.Version}, C API with bound tensors";

    public string? Missing => _native is null ? Install : null;

    public bool CanRun(Case sizes) => true;

    public InferenceRunner Prepare(CaseData data) => new OnnxRuntimeRunner(data, _native!, _environment, _memoryInfo);

    public void Dispose()
    {
        if (_native is null) return;
        _native.ReleaseMemoryInfo(_memoryInfo);
        _native.ReleaseEnvironment(_environment);
    }

    /// <summary>Two bindings take turns, so that the state is fed back without a copy.</summary>
    private sealed class OnnxRuntimeRunner : InferenceRunner
    {
        private readonly OnnxRuntimeNative _native;
        private readonly nint _memoryInfo;
        private readonly nint _session;
        private readonly nint[] _bindings = new nint[2];
        private readonly List<nint> _tensors = [];
        private readonly List<AlignedBuffer> _states = [];
        private readonly AlignedBuffer _x;
        private readonly AlignedBuffer _y;
        private int _turn;

        public OnnxRuntimeRunner(CaseData data, OnnxRuntimeNative native, nint environment, nint memoryInfo)
        {
            Case sizes = data.Sizes;
            _native = native;
            _memoryInfo = memoryInfo;
            _session = native.CreateSession(environment, OnnxModel.Build(data));
            _x = new(data.X.Length);
            _y = new(data.OutputCount);
            data.X.CopyTo(_x.Span);
            nint x = Tensor(_x, sizes.Steps, sizes.Batch, sizes.Inputs), y = Tensor(_y, sizes.Steps, 1, sizes.Batch, sizes.Hidden);
            nint[] h = [State(sizes), State(sizes)];
            nint[] c = sizes.Cell == Cell.Lstm ? [State(sizes), State(sizes)] : [];
            for (int from = 0; from < 2; from++)
            {
                int to = 1 - from;
                nint binding = _bindings[from] = native.CreateBinding(_session);
                native.BindInput(binding, "X", x);
                native.BindInput(binding, "initial_h", h[from]);
                native.BindOutput(binding, "Y", y);
                native.BindOutput(binding, "Y_h", h[to]);
                if (c.Length == 0) continue;
                native.BindInput(binding, "initial_c", c[from]);
                native.BindOutput(binding, "Y_c", c[to]);
            }
        }

        public override void Reset()
        {
            foreach (AlignedBuffer state in _states) state.Clear();
        }

        public override void Run()
        {
            _native.Run(_session, _bindings[_turn]);
            _turn ^= 1;
        }

        public override void ReadOutputs(Span<float> y) => _y.Span.CopyTo(y);

        protected override void Dispose(bool disposing)
        {
            foreach (nint binding in _bindings) _native.ReleaseBinding(binding);
            foreach (nint tensor in _tensors) _native.ReleaseTensor(tensor);
            _native.ReleaseSession(_session);
            base.Dispose(disposing);
        }

        private nint State(Case sizes)
        {
            var buffer = new AlignedBuffer(sizes.Batch * sizes.Hidden);
            _states.Add(buffer);
            return Tensor(buffer, 1, sizes.Batch, sizes.Hidden);
        }

        private nint Tensor(AlignedBuffer buffer, params ReadOnlySpan<long> shape)
        {
            nint tensor = _native.CreateTensor(_memoryInfo, buffer.Pointer, buffer.Length, shape);
            _tensors.Add(tensor);
            return tensor;
        }
    }
}
