namespace Engine.Demo.Shell;

/// <summary>What the user chose; null for what the task suggests.</summary>
internal sealed record RunSettings(Cell? Cell = null, int? Hidden = null, int? Steps = null, ulong Seed = 1, string? Save = null);
