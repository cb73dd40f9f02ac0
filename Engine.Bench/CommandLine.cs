using System.Globalization;

namespace Engine.Bench;

/// <summary>What a command's line of options is read into.</summary>
/// <typeparam name="T">The options themselves.</typeparam>
internal interface ICommandOptions<T>
{
    /// <summary>What <c>--help</c> writes.</summary>
    static abstract string Help { get; }

    /// <summary>Reads the arguments that follow the command.</summary>
    /// <exception cref="FormatException">An argument is unknown, lacks its value, or has a wrong one.</exception>
    static abstract T Parse(ReadOnlySpan<string> args);

    bool WantsHelp { get; }
}

/// <summary>What all commands with options have in common: how their values are read, and what becomes of a wrong one.</summary>
internal static class CommandLine
{
    private const int LargestHidden = 8192;

    /// <summary>Reads the options and runs the command; 2 if the options are wrong.</summary>
    public static int Run<T>(ReadOnlySpan<string> args, Func<T, int> command)
        where T : ICommandOptions<T>
    {
        T options;
        try
        {
            options = T.Parse(args);
        }
        catch (FormatException error)
        {
            Console.Error.WriteLine(error.Message);
            return 2;
        }

        if (!options.WantsHelp) return command(options);
        Console.WriteLine(T.Help);
        return 0;
    }

    /// <summary>The value of the option at <paramref name="i"/>, which moves on to it.</summary>
    public static string Value(ReadOnlySpan<string> args, ref int i) => i + 1 < args.Length && !args[i + 1].StartsWith("--", StringComparison.Ordinal)
        ? args[++i]
        : throw new FormatException($"{args[i]} expects a value.");

    /// <summary>The different items of a list separated by commas.</summary>
    public static T[] List<T>(string option, string list, Func<string, string, T> parse)
    {
        string[] items = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        if (items.Length == 0) throw new FormatException($"{option} has \"{list}\"; expected a list separated by commas.");
        return [.. items.Select(item => parse(option, item)).Distinct()];
    }

    public static Cell[] Cells(string option, string list) => List(option, list, (name, item) => Named(name, item, Enum.GetValues<Cell>()));

    /// <summary>Layer sizes.</summary>
    public static int[] Sizes(string option, string list) =>
        List(option, list, (name, item) => WholeNumber(item, 1, LargestHidden)
            ?? throw new FormatException($"{name} has \"{item}\"; expected sizes from 1 to {LargestHidden}."));

    public static T Named<T>(string option, string item, params ReadOnlySpan<T> values)
        where T : struct, Enum
    {
        var names = new List<string>();
        foreach (T value in values)
        {
            if (string.Equals(value.ToString(), item, StringComparison.OrdinalIgnoreCase)) return value;
            names.Add(value.ToString().ToLowerInvariant());
        }

        throw new FormatException($"{option} has \"{item}\"; expected {string.Join(", ", names)}.");
    }

    public static int Number(string option, string item, int least, int most) =>
        WholeNumber(item, least, most) ?? throw new FormatException($"{option} has \"{item}\"; expected {least} to {most}.");

    public static FormatException Unknown(string option) => new($"unknown option \"{option}\"; --help lists those there are.");

    private static int? WholeNumber(string item, int least, int most) =>
        int.TryParse(item, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number >= least && number <= most ? number : null;
}
