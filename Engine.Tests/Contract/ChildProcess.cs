using System.Diagnostics;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>Runs <see cref="Program"/> in a process of its own.</summary>
internal static class ChildProcess
{
    /// <summary>The lines it writes; a non-zero exit code fails the test.</summary>
    /// <param name="command">What it is to do.</param>
    /// <param name="environment">Changes to this process's environment; null removes a variable.</param>
    public static string[] Run(string command, params (string Variable, string? Value)[] environment)
    {
        string host = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : "dotnet";
        var start = new ProcessStartInfo(host)
        {
            ArgumentList = { "exec", typeof(Program).Assembly.Location, command },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach ((string variable, string? value) in environment)
        {
            if (value is null) start.Environment.Remove(variable);
            else start.Environment[variable] = value;
        }

        using Process child = Process.Start(start)!;
        Task<string> errors = child.StandardError.ReadToEndAsync();
        string output = child.StandardOutput.ReadToEnd();
        child.WaitForExit();
        Assert.That(child.ExitCode, Is.Zero, errors.Result);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
    }
}
