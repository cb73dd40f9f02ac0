using Spectre.Console;

namespace Engine.Demo.Shell;

/// <summary>Puts two blocks of markup lines beside each other.</summary>
internal static class SideBySide
{
    public static IEnumerable<string> Join(IReadOnlyList<string> left, IReadOnlyList<string> right, int leftWidth, int gap)
    {
        for (int i = 0; i < Math.Max(left.Count, right.Count); i++)
        {
            string first = i < left.Count ? left[i] : "";
            string second = i < right.Count ? right[i] : "";
            yield return first + new string(' ', Math.Max(0, leftWidth - Markup.Remove(first).Length) + gap) + second;
        }
    }
}
