using System.CommandLine;
using System.CommandLine.Parsing;
using System.Globalization;

namespace Engine.Demo;

/// <summary>Options whose values are refused in words a user knows: what came, and what was expected.</summary>
internal static class PlainOptions
{
    /// <summary>A whole number in a range.</summary>
    public static Option<int?> Number(string name, string description, int low, int high) => new(name)
    {
        Description = $"{description}, {low} to {high}",
        HelpName = "N",
        CustomParser = result =>
        {
            if (int.TryParse(Text(result), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int value) && value >= low && value <= high)
                return value;

            result.AddError($"{name} is \"{Text(result)}\"; expected a whole number, {low} to {high}.");
            return null;
        },
    };

    /// <summary>The seed of all that is drawn.</summary>
    public static Option<ulong> Seed(ulong fallback) => new("--seed")
    {
        Description = "Equal seeds give equal results",
        HelpName = "N",
        DefaultValueFactory = _ => fallback,
        CustomParser = result =>
        {
            if (ulong.TryParse(Text(result), NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)) return value;
            result.AddError($"--seed is \"{Text(result)}\"; expected a whole number from 0 on.");
            return fallback;
        },
    };

    /// <summary>The recurrent layer.</summary>
    public static Option<Cell?> Cell() => new("--cell")
    {
        Description = "Recurrent layer; each task has its own default",
        HelpName = "rnn|lstm|gru",
        CustomParser = result =>
        {
            foreach (Cell cell in Enum.GetValues<Cell>())
            {
                if (cell.Label().Equals(Text(result), StringComparison.OrdinalIgnoreCase)) return cell;
            }

            result.AddError($"--cell is \"{Text(result)}\"; expected rnn, lstm or gru.");
            return null;
        },
    };

    private static string Text(ArgumentResult result) => result.Tokens.Count > 0 ? result.Tokens[^1].Value : "";
}
