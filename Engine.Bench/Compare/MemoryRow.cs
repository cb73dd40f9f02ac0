namespace Engine.Bench.Compare;

/// <summary>Resident memory of a process that trains one model, as it stands in the JSON file.</summary>
/// <param name="Engine">Whose process.</param>
/// <param name="Case">What it trained.</param>
/// <param name="StartMib">Peak before the model was made, the libraries loaded.</param>
/// <param name="PeakMib">Peak after the last step.</param>
internal sealed record MemoryRow(string Engine, string Case, double StartMib, double PeakMib);
