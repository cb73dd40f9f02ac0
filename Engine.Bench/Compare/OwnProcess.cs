using System.Diagnostics;
using System.Reflection;

namespace Engine.Bench.Compare;

/// <summary>This program in a fresh process, for what only a fresh process can tell.</summary>
internal static class OwnProcess
{
    /// <summary>What it writes.</summary>
    /// <param name="arguments">Its command line.</param>
    /// <exception cref="InvalidOperationException">It did not start, or failed.</exception>
    public static string Run(params ReadOnlySpan<string> arguments)
    {
        string program = Environment.ProcessPath ?? throw new InvalidOperationException("the system does not name this process's file.");
        var start = new ProcessStartInfo(program) { RedirectStandardOutput = true, UseShellExecute = false };

        // Run as `dotnet Engine.Bench.dll`, the process is dotnet's.
        if (Path.GetFileNameWithoutExtension(program) == "dotnet") start.ArgumentList.Add(Assembly.GetExecutingAssembly().Location);
        foreach (string argument in arguments) start.ArgumentList.Add(argument);
        using Process process = Process.Start(start) ?? throw new InvalidOperationException($"\"{program}\" did not start.");
        string answer = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? answer : throw new InvalidOperationException($"\"{program}\" failed with exit code {process.ExitCode}.");
    }
}
