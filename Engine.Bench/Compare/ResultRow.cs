using System.Text.Json.Serialization;

namespace Engine.Bench.Compare;

/// <summary>One engine in one case, as it stands in the JSON file.</summary>
internal sealed record ResultRow
{
    public required string Workload { get; init; }

    public required string Cell { get; init; }

    [JsonPropertyName("I")]
    public required int Inputs { get; init; }

    [JsonPropertyName("H")]
    public required int Hidden { get; init; }

    [JsonPropertyName("T")]
    public required int Steps { get; init; }

    [JsonPropertyName("B")]
    public required int Batch { get; init; }

    public required string Format { get; init; }

    public required string Engine { get; init; }

    public required double MedianUs { get; init; }

    public required double P10Us { get; init; }

    public required double P90Us { get; init; }

    public required double Gflops { get; init; }

    /// <summary>1 at the machine's limit.</summary>
    public required double ShareOfLimit { get; init; }

    /// <summary>Whether the results are those of the first engine.</summary>
    public required bool Agrees { get; init; }

    /// <param name="sizes">The case.</param>
    /// <param name="engine">The engine's name.</param>
    /// <param name="time">Its times.</param>
    /// <param name="agrees">Whether its results are those of the first engine.</param>
    /// <param name="flops">Of one call.</param>
    /// <param name="limit">Seconds that a call needs at least on this machine.</param>
    public static ResultRow Of(Case sizes, string engine, Sample time, bool agrees, double flops, double limit) => new()
    {
        Workload = sizes.Workload.ToString().ToLowerInvariant(),
        Cell = sizes.Cell.ToString().ToLowerInvariant(),
        Inputs = sizes.Inputs,
        Hidden = sizes.Hidden,
        Steps = sizes.Steps,
        Batch = sizes.Batch,
        Format = "f32",
        Engine = engine,
        MedianUs = time.Median,
        P10Us = time.P10,
        P90Us = time.P90,
        Gflops = flops / time.Median / 1e3,
        ShareOfLimit = limit * 1e6 / time.Median,
        Agrees = agrees,
    };
}
