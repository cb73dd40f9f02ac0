using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary>An engine that can take part in the comparison.</summary>
internal interface IPeer : IDisposable
{
    /// <summary>Name in tables, at most 8 characters.</summary>
    string Name { get; }

    /// <summary>Product, version and what else decides its speed.</summary>
    string Description { get; }

    /// <summary>How it keeps its weights, as the JSON file has it.</summary>
    string Format => "f32";

    /// <summary>Bytes of one weight.</summary>
    int WeightSize => sizeof(float);

    /// <summary>How far its outputs may be from ours, relative to the largest.</summary>
    double Tolerance => Agreement.Tolerance;

    /// <summary>Null if it is installed; otherwise the line that installs it.</summary>
    string? Missing { get; }

    /// <summary>Whether it takes this case, and in reasonable time.</summary>
    bool CanRun(Case sizes);

    /// <summary>Makes everything that one call needs, so that the call itself makes nothing.</summary>
    InferenceRunner Prepare(CaseData data);
}
