using System.Xml.Linq;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>The public API changes on purpose only: it is kept in PublicApi.txt, and every member of it has documentation.</summary>
[TestFixture]
internal sealed class PublicApiTests
{
    private const string AcceptVariable = "ENGINE_ACCEPT_API";

    private static readonly string Kept = Path.Combine(Source.Root, "Engine.Tests", "Contract", "PublicApi.txt");

    [Test]
    public void It_is_as_kept_in_the_file()
    {
        string[] now = [.. PublicApi.Entries().Select(entry => entry.Line)];
        if (Environment.GetEnvironmentVariable(AcceptVariable) == "1") File.WriteAllText(Kept, string.Join('\n', now) + "\n");

        string[] kept = Source.Read(Kept).Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string[] difference = [.. kept.Except(now).Select(line => "- " + line), .. now.Except(kept).Select(line => "+ " + line)];
        Assert.That(difference, Is.Empty,
            $"the public API differs from {Source.Relative(Kept)}:\n{string.Join('\n', difference)}\n"
            + $"If that is meant, run the tests once with {AcceptVariable}=1, which rewrites the file, "
            + "and commit it with an entry in the change log.");
        Assert.That(kept, Is.EqualTo(now).AsCollection, "the lines are the same, but not in their order");
    }

    [Test]
    public void Every_member_has_documentation()
    {
        var documented = XDocument.Load(Path.ChangeExtension(typeof(SequenceModel).Assembly.Location, ".xml"))
            .Descendants("member")
            .Where(member => member.Elements().Any())
            .Select(member => member.Attribute("name")!.Value)
            .ToHashSet();

        // A constructor without parameters is one that nobody wrote.
        Assert.That(
            PublicApi.Entries().Select(entry => entry.Id)
                .Where(id => !documented.Contains(id) && !id.EndsWith("#ctor", StringComparison.Ordinal)),
            Is.Empty);
    }
}
