using System.Text;

namespace Engine.Interop;

/// <summary>Text from a file as a message may show it: on one line, of bounded length.</summary>
internal static class Quoted
{
    private const int LongestText = 160;
    private const int LongestList = 24;

    public static string Text(string text)
    {
        var shown = new StringBuilder("\"");
        foreach (char c in text.AsSpan(0, Math.Min(text.Length, LongestText)))
        {
            if (char.IsControl(c) || char.IsSurrogate(c)) shown.Append($"\\u{(int)c:x4}");
            else shown.Append(c);
        }

        if (text.Length > LongestText) shown.Append('…');
        return shown.Append('"').ToString();
    }

    public static string List(IEnumerable<string> texts)
    {
        string[] all = [.. texts];
        string shown = string.Join(", ", all.Take(LongestList).Select(Text));
        if (all.Length == 0) return "none";
        return all.Length > LongestList ? $"{shown} and {all.Length - LongestList} more" : shown;
    }

    public static string Shape(IReadOnlyList<int> shape) => shape.Count <= LongestList
        ? $"[{string.Join(", ", shape)}]"
        : $"[{string.Join(", ", shape.Take(LongestList))}, …]";
}
