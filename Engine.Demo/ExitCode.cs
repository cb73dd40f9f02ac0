namespace Engine.Demo;

/// <summary>What the process returns.</summary>
internal static class ExitCode
{
    /// <summary>Everything went as it should.</summary>
    public const int Success = 0;

    /// <summary>A task did not beat its baseline.</summary>
    public const int BaselineNotBeaten = 1;

    /// <summary>The command line or a file cannot be used.</summary>
    public const int BadInput = 2;
}
