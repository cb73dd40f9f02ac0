using System.Reflection;
using System.Text.RegularExpressions;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>
/// One way: <c>Memory ← Layout ← Threads ← Kernels ← Layers ← Training ← root</c>, the root being the public types that use them all,
/// and Interop, which stands on the root. The sources are read, so that even a mention counts.
/// </summary>
[TestFixture]
internal sealed partial class ArchitectureTests
{
    private const string Root = "";

    private static readonly Dictionary<string, string[]> MayUse = new()
    {
        ["Memory"] = [],
        ["Layout"] = ["Memory"],
        ["Threads"] = [],
        ["Kernels"] = ["Memory", "Layout", "Threads"],
        ["Layers"] = ["Memory", "Layout", "Threads", "Kernels"],
        ["Training"] = ["Memory", "Layout", "Threads", "Kernels", "Layers"],
        ["Interop"] = ["Memory", "Layout", "Kernels", "Layers", Root],
        [Root] = ["Memory", "Layout", "Threads", "Kernels", "Layers", "Training", "Interop"],
    };

    private static readonly SourceFile[] Sources = [.. Source.Files("Engine").Select(SourceFile.Read)];

    private static IEnumerable<string> Folders => MayUse.Keys.Where(folder => folder != Root);

    [Test]
    public void Every_folder_has_its_place_in_the_order() =>
        Assert.That(Sources.Select(file => file.Folder).Distinct(), Is.EquivalentTo(MayUse.Keys));

    [TestCaseSource(nameof(Folders))]
    public void A_folder_mentions_only_what_is_below_it(string folder)
    {
        string[] allowed = [.. MayUse[folder], folder];
        string[] forbidden = [.. MayUse.Keys.Except(allowed)];
        string[] known = [.. Sources.Where(file => allowed.Contains(file.Folder)).SelectMany(file => file.Declared)];
        var declared = Sources.Where(file => forbidden.Contains(file.Folder)).SelectMany(file => file.Declared).Except(known).ToHashSet();
        Assert.That(declared, Is.Not.Empty);

        var wrong = new List<string>();
        foreach (SourceFile file in Sources.Where(file => file.Folder == folder))
        {
            wrong.AddRange(forbidden.Where(file.Uses).Select(name => $"{file.Path} uses the namespace Engine.{name}"));
            wrong.AddRange(file.Words.Where(declared.Contains).Select(word => $"{file.Path} mentions {word}"));
        }

        Assert.That(wrong, Is.Empty);
    }

    [Test]
    public void Namespaces_are_folders() =>
        Assert.That(
            Sources.Where(file => file.Namespace != (file.Folder == Root ? "Engine" : $"Engine.{file.Folder}")).Select(file => file.Path),
            Is.Empty);

    [Test]
    public void What_is_public_stands_at_the_root() =>
        Assert.That(typeof(SequenceModel).Assembly.GetExportedTypes().Select(type => type.Namespace).Distinct(), Is.EqualTo(["Engine"]));

    [Test]
    public void The_engine_needs_two_packages_only()
    {
        string[] beyondTheRuntime =
        [
            .. typeof(SequenceModel).Assembly.GetReferencedAssemblies()
                .Select(name => name.Name!)
                .Where(name => !IsOfTheRuntime(name))
                .Order(StringComparer.Ordinal),
        ];
        Assert.That(beyondTheRuntime, Is.EqualTo(["Microsoft.Extensions.ObjectPool", "System.Numerics.Tensors"]));
    }

    [TestCase("a // Trainer\nb", "a  \nb")]
    [TestCase("a /* Trainer\n */ b", "a   b")]
    [TestCase("f(\"a \\\" Trainer\", 'T')", "f( ,  )")]
    [TestCase("$\"{x} Trainer\" + @\"\"\"Trainer\"", "  +  ")]
    public void Comments_and_strings_do_not_count(string code, string expected) =>
        Assert.That(Source.WithoutCommentsAndStrings(code), Is.EqualTo(expected));

    private static bool IsOfTheRuntime(string name) =>
        File.Exists(Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, name + ".dll"));

    private sealed partial record SourceFile(string Path, string Folder, string Code)
    {
        public string[] Declared { get; } = [.. Declaration().Matches(Code).Select(match => match.Groups["name"].Value).Distinct()];

        public string[] Words { get; } = [.. Word().Matches(Code).Select(match => match.Value).Distinct()];

        public string Namespace { get; } = NamespaceLine().Match(Code).Groups["name"].Value;

        public static SourceFile Read(string file)
        {
            string[] parts = Source.Relative(file).Split('/');
            return new(Source.Relative(file), parts.Length == 2 ? Root : parts[1], Source.WithoutCommentsAndStrings(Source.Read(file)));
        }

        public bool Uses(string folder) => folder != Root && Regex.IsMatch(Code, $@"\bEngine\.{folder}\b|(?<!\.){folder}\.[A-Z]");

        [GeneratedRegex(@"\b(?:class|struct|record|interface|enum|delegate\s+\w+)\s+(?!struct\b|class\b)(?<name>[A-Z]\w*)")]
        private static partial Regex Declaration();

        // Behind a dot or a number's type it is a member's name.
        [GeneratedRegex(@"(?<!\.)(?<!\b(?:int|long|float|double|bool)\s)\b[A-Z]\w*\b")]
        private static partial Regex Word();

        [GeneratedRegex(@"^namespace (?<name>[\w.]+);", RegexOptions.Multiline)]
        private static partial Regex NamespaceLine();
    }
}
