using System.Globalization;

namespace Engine.Bench;

/// <summary>The command line of commands that take a few whole numbers, each of which may be left out.</summary>
internal static class PositionalNumbers
{
    /// <summary>Reads the numbers that are there over <paramref name="values"/>, or writes the usage.</summary>
    /// <param name="args">The arguments after the command.</param>
    /// <param name="usage">What <c>--help</c> says, and an error after what came.</param>
    /// <param name="values">In: what counts if nothing is said. Out: what was said.</param>
    /// <returns>Null to go on; otherwise the exit code.</returns>
    public static int? Read(ReadOnlySpan<string> args, string usage, Span<int> values)
    {
        if (args is ["--help" or "-h"])
        {
            Console.WriteLine(usage);
            return 0;
        }

        for (int i = 0; i < args.Length; i++)
        {
            if (i < values.Length && int.TryParse(args[i], NumberStyles.None, CultureInfo.InvariantCulture, out int value) && value > 0)
            {
                values[i] = value;
                continue;
            }

            Console.Error.WriteLine($"\"{args[i]}\" came; expected {(i < values.Length ? "a whole number above 0" : "no further argument")}.");
            Console.Error.WriteLine(usage);
            return 2;
        }

        return null;
    }
}
