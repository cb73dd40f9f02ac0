using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>The memory of a trainer is what the formula in docs/training-memory.md says, computed here from sizes alone.</summary>
internal sealed class TrainerMemoryTests
{
    // What the objects and arrays are beside their floats: headers, alignment, passes, names.
    private const long ObjectBytes = 64 << 10;

    private static IEnumerable<ModelSpec> Specs =>
    [
        .. Cells.All.Select(cell => ModelSpec.Input(5).Add(cell, 17)),
        .. Cells.All.Select(cell => ModelSpec.Input(3).Add(cell, 64).Add(cell, 40).Linear(3)),
        ModelSpec.Input(32).Gru(16),
        ModelSpec.Input(70).Lstm(256).Linear(2, lastStepOnly: true),
        ModelSpec.Tokens(13).Embedding(7).Gru(16).Linear(13),
        ModelSpec.Input(3).Linear(2),
        ModelSpec.Input(9).Rnn(20).Linear(4).Gru(20).Linear(5),
    ];

    [Test]
    public void The_formula_gives_every_byte(
        [ValueSource(nameof(Specs))] ModelSpec spec, [Values(1, 5, 32)] int batch, [Values(null, 1, 7, 40, 100)] int? segment,
        [Values] bool inputGradient)
    {
        const int Steps = 40;
        var options = new TrainerOptions
        {
            SequenceLength = Steps, BatchSize = batch, SegmentLength = segment, InputGradient = inputGradient && !spec.TakesTokens,
        };
        using SequenceModel model = SequenceModel.Create(spec, initialization: Initialization.PyTorch); // drawn soonest
        long before = GC.GetAllocatedBytesForCurrentThread();
        using var trainer = new Trainer(model, options);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.That(trainer.MemoryBytes, Is.EqualTo(4 * Floats(spec, options)));
        Assert.That(allocated, Is.InRange(trainer.MemoryBytes, trainer.MemoryBytes + ObjectBytes), "bytes allocated");
    }

    [Test]
    public void With_segments_of_the_root_it_grows_with_the_root()
    {
        // Without what does not depend on T, and with one input and one output, whose tight rows do. Above 200 steps a part's window does not.
        double growth = (double)(Depending(10_000, 100) - Depending(1, 1)) / (Depending(100, 10) - Depending(1, 1));
        double without = (double)(Depending(10_000, null) - Depending(200, null)) / (Depending(300, null) - Depending(200, null));
        TestContext.Out.WriteLine($"98 times the steps: {without:F1} times the memory; with segments 100 times the steps: {growth:F1}");
        Assert.That(growth, Is.LessThan(14));
        Assert.That(without, Is.EqualTo(98).Within(0.5));

        static long Depending(int steps, int? segment)
        {
            using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Lstm(128).Linear(1));
            using var trainer = new Trainer(model, new() { SequenceLength = steps, BatchSize = 2, SegmentLength = segment });
            return trainer.MemoryBytes;
        }
    }

    private static long Floats(ModelSpec spec, TrainerOptions options)
    {
        long b = options.BatchSize;
        long t = options.SequenceLength;
        long s = Math.Min(options.SegmentLength ?? t, t);
        long n = (t + s - 1) / s;
        long input = spec.FirstLayerInput;
        long parameters = 0, transposed = 0, tape = 0, state = 0, widestGates = 16, widest = 0, widestSums = 0;
        long cachedRows = long.MaxValue;
        long leastRows = 1;
        bool wanted = options.InputGradient;
        for (int i = 0; i < spec.Layers.Count; i++)
        {
            LayerSpec layer = spec.Layers[i];
            long output = layer.OutputSize;
            long rows = layer is LinearSpec { LastStepOnly: true } ? b : s * b;
            tape += rows * Stride(output);
            widest = Math.Max(widest, Stride(output));
            switch (layer)
            {
                case EmbeddingSpec:
                    parameters += input * Padded(output);
                    break;
                case LinearSpec when output <= 4:
                    parameters += (output * Padded(input)) + Padded(output);
                    leastRows = Math.Max(leastRows, output * Padded(input) / 2 / Stride(output));
                    break;
                case LinearSpec:
                    parameters += Padded(output) * (input + 1);
                    transposed += wanted ? Padded(output) * Padded(input) : 0;
                    leastRows = Math.Max(leastRows, Padded(output) * input / 2 / Stride(output));
                    break;
                default:
                    (int gates, int columns, int sums, bool cell) = layer switch
                    {
                        LstmSpec => (4, 4, 4, true),
                        GruSpec { Reset: GruReset.After } => (3, 4, 4, false),
                        GruSpec => (3, 5, 3, false),
                        _ => (1, 1, 1, false),
                    };
                    int states = cell ? 2 : 1;
                    long gateRow = Stride(columns * Padded(output));
                    long matrices = gates * Padded(output) * (input + output);
                    cachedRows = Math.Min(cachedRows, 131072 / gateRow);
                    leastRows = Math.Max(leastRows, matrices / 2 / gateRow);
                    parameters += matrices + (2 * gates * Padded(output));
                    transposed += gates * Padded(output) * (Padded(output) + (wanted ? Padded(input) : 0));
                    tape += s * b * gateRow;
                    tape += cell ? s * b * Stride(output) : 0;
                    tape += (n + 2) * b * states * Stride(output);
                    tape += n > 1 ? b * (gateRow + (2 * states * Stride(output))) : 0;
                    state += b * (states + 1) * Stride(output);
                    state += Math.Max(2, b) * Stride(sums * Padded(output));
                    widestGates = Math.Max(widestGates, gateRow);
                    widestSums = Math.Max(widestSums, Stride(sums * Padded(output)));
                    break;
            }

            wanted = true;
            input = output;
        }

        tape += spec.TakesTokens ? 0 : s * b * Stride(spec.FirstLayerInput);
        tape += Math.Max(2, b) * widestSums;
        long part = Math.Min(s, ((Math.Max(cachedRows, leastRows) - 1) / b) + 1);
        tape += options.InputGradient && spec.FirstLayerInput % 16 > 0 ? part * b * Stride(spec.FirstLayerInput) : 0;
        for (int i = 0; i < spec.Layers.Count; i++)
        {
            long steps = spec.Layers[i] is LinearSpec { LastStepOnly: true } ? 1 : part + i + 1;
            tape += steps * b * Stride(spec.Layers[i].OutputSize);
        }

        long tight = (spec.LastStepOnly ? b : t * b) * spec.OutputSize;
        tight += t * b * (spec.TakesTokens ? 1 : spec.FirstLayerInput * ((n > 1 ? 1 : 0) + (options.InputGradient ? 1 : 0)));
        long scratch = (b < 8 ? 24 / b : Math.Max(2, 64 / b)) * b * (widestGates + (2 * widest));
        return tape + tight + (3 * parameters) + transposed + Padded(spec.OutputSize) + state + scratch;
    }

    private static long Padded(long columns) => (columns + 15) / 16 * 16;

    private static long Stride(long columns) => Padded(columns) % 256 == 0 ? Padded(columns) + 16 : Padded(columns);
}
