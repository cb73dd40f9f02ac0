using System.Globalization;
using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary>Whole training steps in PyTorch's process.</summary>
internal sealed class PyTorchTrainingRunner : TrainingRunner
{
    private readonly PyTorchPeer _peer;
    private readonly TrainingData _data;
    private readonly string _id;

    public PyTorchTrainingRunner(PyTorchPeer peer, TrainingData data)
    {
        TrainingCase sizes = data.Sizes;
        _peer = peer;
        _data = data;
        bool tokens = sizes.Vocabulary > 0;
        _id = peer.Ask(
            $"train {sizes.CellName.ToLowerInvariant()} {sizes.Inputs} {sizes.Hidden} {sizes.Steps} {sizes.Batch} "
            + $"{sizes.Layers} {sizes.Outputs} {sizes.Vocabulary}",
            [.. data.Parameters, tokens ? Numbers(data.Tokens) : data.X, tokens ? Numbers(data.Classes) : data.Targets]);
    }

    /// <summary>Peak resident memory of the process so far, in KiB.</summary>
    public static long PeakMemory(PyTorchPeer peer) => long.Parse(peer.Ask("peak"), CultureInfo.InvariantCulture);

    public override void Run() => Measure(1);

    public override double Measure(int calls) => double.Parse(_peer.Ask($"run {_id} {calls}"), CultureInfo.InvariantCulture);

    public override IReadOnlyList<float[]> FirstCalls()
    {
        List<float[]> results = [];
        for (int i = 0; i < Calls; i++) results.AddRange([[0], .. _data.Parameters.Select(values => new float[values.Length])]);
        var answer = new float[results.Sum(values => values.Length)];
        _peer.Read($"check {_id} {Calls}", answer);
        int start = 0;
        foreach (float[] values in results)
        {
            answer.AsSpan(start, values.Length).CopyTo(values);
            start += values.Length;
        }

        return results;
    }

    protected override void Dispose(bool disposing)
    {
        _peer.Ask($"drop {_id}");
        base.Dispose(disposing);
    }

    private static float[] Numbers(int[] ids) => [.. ids.Select(id => (float)id)];
}
