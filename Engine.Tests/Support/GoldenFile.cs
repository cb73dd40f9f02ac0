using System.Collections.Concurrent;
using System.Globalization;
using Engine.Interop;
using NUnit.Framework;

namespace Engine.Tests.Support;

/// <summary>A file of PyTorch's numbers; Golden/README.md says what is in it.</summary>
internal sealed class GoldenFile
{
    private static ConcurrentDictionary<string, GoldenFile> Opened { get; } = new();

    private readonly SafetensorsFile _file;

    private GoldenFile(string name)
    {
        _file = SafetensorsFile.Read(Path.Combine(AppContext.BaseDirectory, "Golden", $"{name}.safetensors"));
    }

    public IEnumerable<string> CaseNames => _file.Metadata.Keys;

    public IReadOnlyCollection<string> TensorNames => _file.Names;

    public static GoldenFile Open(string name) => Opened.GetOrAdd(name, static n => new(n));

    public GoldenCase Case(string name) => new(this, name, _file.Metadata[name]);

    // One file serves tests that run side by side.
    public double[] Doubles(string tensor)
    {
        lock (_file) return _file.ReadDoubles(tensor);
    }

    public int[] Int32s(string tensor)
    {
        lock (_file) return Array.ConvertAll(_file.ReadInt64s(tensor), value => checked((int)value));
    }

    public bool Has(string tensor) => _file.Names.Contains(tensor);
}

/// <summary>One case of a golden file.</summary>
internal sealed class GoldenCase
{
    private readonly GoldenFile _file;
    private readonly Dictionary<string, string> _properties;

    public GoldenCase(GoldenFile file, string name, string description)
    {
        _file = file;
        Name = name;
        _properties = description.Split(' ').Select(pair => pair.Split('=')).ToDictionary(pair => pair[0], pair => pair[1]);
    }

    public string Name { get; }

    public string this[string property] => _properties[property];

    public int Int(string property) => int.Parse(_properties[property], CultureInfo.InvariantCulture);

    public double Double(string property) => double.Parse(_properties[property], CultureInfo.InvariantCulture);

    public bool Flag(string property) => _properties.TryGetValue(property, out string? value) && value == "1";

    public double[] Doubles(string tensor) => _file.Doubles($"{Name}/{tensor}");

    public int[] Int32s(string tensor) => _file.Int32s($"{Name}/{tensor}");

    /// <summary>Every tensor of the case that has a bound of its own error: what a test must compare.</summary>
    public IEnumerable<string> Expected => _file.TensorNames
        .Where(name => name.StartsWith(Name + "/", StringComparison.Ordinal) && _file.Has(name + ".torch32"))
        .Select(name => name[(Name.Length + 1)..]);

    /// <summary>The description as a model, with the weights that PyTorch had.</summary>
    public SequenceModel CreateModel()
    {
        string[][] parts = [.. this["spec"].Split(',').Select(part => part.Split(':'))];
        int size = int.Parse(parts[0][1], CultureInfo.InvariantCulture);
        ModelSpec spec = parts[0][0] == "tokens" ? ModelSpec.Tokens(size) : ModelSpec.Input(size);
        foreach (string[] part in parts.Skip(1))
        {
            size = int.Parse(part[1], CultureInfo.InvariantCulture);
            spec = part[0] switch
            {
                "embedding" => spec.Embedding(size),
                "linear" => spec.Linear(size, Flag("last")),
                string cell => spec.Add(CellOf(cell), size),
            };
        }

        return Models.Create(spec, Int("seed") + 4);
    }

    public static Cell CellOf(string name) => name switch
    {
        "rnn_tanh" => Cell.RnnTanh,
        "rnn_relu" => Cell.RnnRelu,
        "lstm" => Cell.Lstm,
        "gru" => Cell.Gru,
        "gru_before" => Cell.GruBefore,
        _ => throw new ArgumentException($"no such cell: {name}.", nameof(name)),
    };

    /// <summary>Compares a whole tensor of ours at the stored samples, and says how much of what is allowed was needed.</summary>
    public double Compare(string tensor, ReadOnlySpan<float> ours)
    {
        double[] expected = Doubles(tensor);
        double[] torch = Doubles(tensor + ".torch32");
        Assert.That(expected, Has.Length.EqualTo(Math.Min(ours.Length, 48)), $"{Name}/{tensor}");
        double allowed = GoldenTolerance.Of(torch[0], torch[1]);
        double worst = 0;
        for (int k = 0; k < expected.Length; k++)
        {
            double error = Math.Abs(ours[Numbers.SampleIndex(ours.Length, k)] - expected[k]);
            if (!(error <= allowed))
            {
                Assert.Fail(
                    $"{Name}/{tensor}, sample {k}: {ours[Numbers.SampleIndex(ours.Length, k)]:R} is {error:E2} off {expected[k]:R}; "
                    + $"allowed is {allowed:E2}, PyTorch's own error is {torch[0]:E2}.");
            }

            worst = Math.Max(worst, error);
        }

        return worst == 0 ? 0 : worst / allowed;
    }
}
