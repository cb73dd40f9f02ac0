using System.Text.RegularExpressions;

namespace Engine.Tests.Contract;

/// <summary>The source tree the tests were compiled from.</summary>
internal static partial class Source
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Source files of a project, without what a build made.</summary>
    public static IEnumerable<string> Files(string project) =>
        Directory.EnumerateFiles(Path.Combine(Root, project), "*.cs", SearchOption.AllDirectories)
            .Where(file => !Relative(file).Split('/').Any(part => part is "bin" or "obj"))
            .Order(StringComparer.Ordinal);

    /// <summary>The path below the repository's folder, with slashes.</summary>
    public static string Relative(string file) => Path.GetRelativePath(Root, file).Replace('\\', '/');

    /// <summary>A text with line ends of one kind.</summary>
    public static string Read(string file) => File.ReadAllText(file).ReplaceLineEndings("\n");

    /// <summary>Code without comments, strings and characters, what is interpolated included.</summary>
    public static string WithoutCommentsAndStrings(string code) => CommentOrString().Replace(code, " ");

    [GeneratedRegex("""
        //[^\n]* | /\*.*?\*/ | \$*(?<q>"{3,}).*?\k<q> | \$?@\$?"(?:""|[^"])*" | \$?"(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])+'
        """, RegexOptions.Singleline | RegexOptions.IgnorePatternWhitespace)]
    private static partial Regex CommentOrString();

    // From the tests' own folder upwards: the path the compiler knows is rewritten in reproducible builds.
    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Engine.sln"))) return folder.FullName;
        }

        throw new DirectoryNotFoundException($"no folder above {AppContext.BaseDirectory} has Engine.sln; the tests read the sources they were built from.");
    }
}
