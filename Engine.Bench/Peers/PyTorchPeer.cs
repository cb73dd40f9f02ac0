using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary>
/// PyTorch in a process of its own, on the same core: it times itself and answers round by round, so that it interleaves. See
/// <c>pytorch_peer.py</c> for the commands.
/// </summary>
internal sealed class PyTorchPeer : ITrainingPeer
{
    private const string Variable = "ENGINE_BENCH_PYTHON";

    private readonly Process? _process;

    public PyTorchPeer()
    {
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable(Variable) ?? "/usr/bin/python3")
        {
            ArgumentList = { Path.Combine(AppContext.BaseDirectory, "Peers", "pytorch_peer.py") },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        if (!File.Exists(start.FileName)) return;

        Process? process = Process.Start(start);
        if (process is null) return;

        // Nobody reads the messages; a pipe that fills up would stop the process.
        process.ErrorDataReceived += (_, _) => { };
        process.BeginErrorReadLine();
        _process = process;
        string version = ReadLine();
        if (version.Length == 0)
        {
            process.Dispose();
            _process = null;
            return;
        }

        Description = $"PyTorch {version}, in a process of its own"
            + (version.Contains("reference", StringComparison.Ordinal) ? " (slow BLAS: apt-get install libopenblas0)" : "");
    }

    public string Name => "PyTorch";

    public string Description { get; } = "";

    public string? Missing => _process is null ? $"apt-get install python3-torch libopenblas0 (another Python: export {Variable}=FILE)" : null;

    private Stream ToPython => _process!.StandardInput.BaseStream;

    private Stream FromPython => _process!.StandardOutput.BaseStream;

    public bool CanRun(Case sizes) => true;

    public InferenceRunner Prepare(CaseData data) => new PyTorchRunner(this, data);

    public bool CanTrain(TrainingCase sizes) => true;

    // Nothing needs the inputs' gradient, and PyTorch computes only what something needs.
    public TrainingWork WorkOf(TrainingCase sizes) => new(WholeStep: true, InputGradient: false);

    public TrainingRunner Prepare(TrainingData data) => new PyTorchTrainingRunner(this, data);

    public void Dispose()
    {
        if (_process is null) return;

        // The end of its input ends the process.
        _process.StandardInput.Close();
        _process.WaitForExit();
        _process.Dispose();
    }

    /// <summary>Sends a command and tensors after it, and reads a line.</summary>
    public string Ask(string command, params ReadOnlySpan<float[]> tensors)
    {
        Send(command, tensors);
        string answer = ReadLine();
        return answer.Length > 0 ? answer : throw new InvalidOperationException($"PyTorch's process ended at \"{command}\"; expected an answer.");
    }

    /// <summary>Sends a command that numbers answer.</summary>
    public void Read(string command, Span<float> answer)
    {
        Send(command);
        FromPython.ReadExactly(MemoryMarshal.AsBytes(answer));
    }

    private void Send(string command, params ReadOnlySpan<float[]> tensors)
    {
        ToPython.Write(Encoding.ASCII.GetBytes(command + '\n'));
        foreach (float[] tensor in tensors) ToPython.Write(MemoryMarshal.AsBytes(tensor.AsSpan()));
        ToPython.Flush();
    }

    // Byte by byte: raw numbers may follow a line, and must not be read into a buffer of text.
    private string ReadLine()
    {
        var line = new StringBuilder();
        for (int value = FromPython.ReadByte(); value is not (-1 or '\n'); value = FromPython.ReadByte()) line.Append((char)value);
        return line.ToString();
    }

    private sealed class PyTorchRunner : InferenceRunner
    {
        private readonly PyTorchPeer _peer;
        private readonly string _id;

        public PyTorchRunner(PyTorchPeer peer, CaseData data)
        {
            Case sizes = data.Sizes;
            _peer = peer;
            _id = peer.Ask(
                $"setup {sizes.CellName.ToLowerInvariant()} {sizes.Inputs} {sizes.Hidden} {sizes.Steps} {sizes.Batch}",
                data.WeightIh, data.WeightHh, data.BiasIh, data.BiasHh, data.X);
        }

        public override void Reset() => _peer.Ask($"reset {_id}");

        public override void Run() => Measure(1);

        public override double Measure(int calls) => double.Parse(_peer.Ask($"run {_id} {calls}"), CultureInfo.InvariantCulture);

        public override void ReadOutputs(Span<float> y) => _peer.Read($"read {_id}", y);

        protected override void Dispose(bool disposing)
        {
            _peer.Ask($"drop {_id}");
            base.Dispose(disposing);
        }
    }
}
