using System.Text;
using NUnit.Framework;

namespace Engine.Tests.Interop;

/// <summary>Files that are broken before any tensor is looked at: refused whole, by name, without memory the file does not back.</summary>
public class HostileFileTests : FileTests
{
    private const long LittleMemory = 1 << 20;

    private static TestCaseData[] Files() =>
    [
        .. Enumerable.Range(0, 8).Select(length => Broken($"{length} bytes", new byte[length], $"has {length} bytes")),
        Broken("a file of torch.save", [.. "PK"u8, 3, 4, .. new byte[60]], "zip archive", "save_file"),
        Broken("header of 0 bytes", new byte[8], "begin with {"),
        Broken("header of 100 GB", [.. RawFile.Prefix(100_000_000_000), .. "{}"u8], "100000000000 bytes", "at most 100000000"),
        Broken("header of 2^64 - 1", [.. RawFile.Prefix(ulong.MaxValue), .. "{}"u8], "18446744073709551615 bytes"),
        Broken("header of 2^63", [.. RawFile.Prefix(1UL << 63), .. "{}"u8], "9223372036854775808 bytes"),
        Broken("header just over the limit", [.. RawFile.Prefix(100_000_001), .. "{}"u8], "100000001 bytes"),
        Broken("header of 90 MB in a short file", [.. RawFile.Prefix(90_000_000), .. "{}"u8], "only 2 follow"),
        Broken("header cut off by one", [.. RawFile.Prefix(3), .. "{}"u8], "only 2 follow"),

        Header("text", "hello", "begin with {"),
        Header("an array", "[]", "begin with {"),
        Header("a blank first", " {}", "begin with {"),
        Header("an open brace", "{", "not the JSON expected"),
        Header("no value", """{"a":}""", "not the JSON expected"),
        Header("a comment", """{/**/}""", "not the JSON expected"),
        Header("a comma too many", """{"a":{"dtype":"F32","shape":[0],"data_offsets":[0,0]},}""", "not the JSON expected"),
        Header("text behind", "{} x", "not the JSON expected"),
        Header("two objects", "{}{}", "not the JSON expected"),
        Header("nested arrays", $$$"""{"a":{"shape":{{{new string('[', 100_000)}}}}}""", "\"a\"", "whole numbers"),
        Header("65 dimensions", $$$"""{"a":{"dtype":"F32","shape":[{{{string.Join(',', Enumerable.Repeat(1, 65))}}}],"data_offsets":[0,4]}}""", "\"a\"", "more than 64"),
        Header("nested objects", string.Concat(Enumerable.Repeat("""{"a":""", 100_000)), "\"a\"", "property"),
        Broken("Latin 1", RawFile.Of([.. """{"gr"""u8, 0xFC, .. """n":1}"""u8], []), "not UTF-8"),
        Header("half a surrogate pair", """{"\ud800":{}}""", "not Unicode"),

        Header("a tensor twice", $$"""{"a":{{Tensor(0, 4)}},"a":{{Tensor(4, 8)}}}""", "\"a\" comes twice"),
        Header("a tensor twice, once escaped", $$"""{"a":{{Tensor(0, 4)}},"\u0061":{{Tensor(4, 8)}}}""", "\"a\" comes twice"),
        Header("dtype twice", """{"a":{"dtype":"F32","dtype":"F32","shape":[1],"data_offsets":[0,4]}}""", "\"a\": dtype comes twice"),
        Header("shape twice", """{"a":{"dtype":"F32","shape":[1],"shape":[1],"data_offsets":[0,4]}}""", "\"a\": shape comes twice"),
        Header("offsets twice", """{"a":{"data_offsets":[0,4],"data_offsets":[0,4]}}""", "\"a\": data_offsets comes twice"),
        Header("metadata twice", """{"__metadata__":{},"__metadata__":{}}""", "__metadata__ comes twice"),
        Header("a note twice", """{"__metadata__":{"k":"1","k":"1"}}""", "__metadata__ \"k\" comes twice"),

        Header("metadata of numbers", """{"__metadata__":{"k":1}}""", "__metadata__ \"k\" is a JSON number; expected string"),
        Header("metadata that is null", """{"__metadata__":null}""", "__metadata__ is a JSON null; expected object"),
        Header("a tensor that is a number", """{"a":1}""", "\"a\" is a JSON number; expected object"),
        Header("a dtype that is a number", """{"a":{"dtype":32}}""", "\"a\": dtype is a JSON number; expected string"),
        Header("a shape that is text", """{"a":{"shape":"[1]"}}""", "\"a\": shape is a JSON string; expected array"),
        Header("a shape of text", """{"a":{"shape":["1"]}}""", "\"a\": shape", "whole numbers"),
        Header("a negative shape", """{"a":{"shape":[-1]}}""", "\"a\": shape", "whole numbers"),
        Header("a fraction", """{"a":{"shape":[1.5]}}""", "\"a\": shape", "whole numbers"),
        Header("an offset of 1e30", """{"a":{"data_offsets":[0,1e30]}}""", "\"a\": data_offsets", "whole numbers"),
        Header("an offset of 2^64", """{"a":{"data_offsets":[0,18446744073709551616]}}""", "\"a\": data_offsets", "whole numbers"),
        Header("an unknown dtype", """{"a":{"dtype":"F33","shape":[1],"data_offsets":[0,4]}}""", "\"a\"", "unknown dtype \"F33\""),
        Header("an unknown property", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4],"strides":[1]}}""", "\"a\"", "\"strides\""),
        Header("no dtype", """{"a":{"shape":[1],"data_offsets":[0,4]}}""", "\"a\" has no dtype"),
        Header("no shape", """{"a":{"dtype":"F32","data_offsets":[0,4]}}""", "\"a\" has no shape"),
        Header("no offsets", """{"a":{"dtype":"F32","shape":[1]}}""", "\"a\" has no data_offsets"),

        Header("three offsets", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4,8]}}""", "\"a\": data_offsets has 3 numbers"),
        Header("an end before its beginning", """{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}""", "\"a\": data_offsets [4, 0]"),
        Header(
            "bytes that do not fit the shape", """{"a":{"dtype":"F32","shape":[3],"data_offsets":[0,8]}}""",
            "\"a\"", "expected 12 for F32 [3]"),
        Header(
            "a size beyond int", """{"a":{"dtype":"U8","shape":[2147483648],"data_offsets":[0,2147483648]}}""",
            "\"a\": shape", "2147483648"),
        Header(
            "a product beyond 2^64", """{"a":{"dtype":"F32","shape":[2147483647,2147483647,2147483647],"data_offsets":[0,8]}}""",
            "\"a\": the product of its shape overflows"),
        Header(
            "a product that wraps to 0", """{"a":{"dtype":"F32","shape":[1073741824,1073741824,16],"data_offsets":[0,0]}}""",
            "\"a\": the product of its shape overflows"),
        Header(
            "bytes that wrap to 0", """{"a":{"dtype":"F32","shape":[1073741824,1073741824,4],"data_offsets":[0,0]}}""",
            "\"a\": the product of its shape overflows"),

        Header(
            "data of 4 EB", """{"a":{"dtype":"F32","shape":[1073741824,1073741824],"data_offsets":[0,4611686018427387904]}}""",
            "\"a\" ends at byte"),
        Header("a beginning beyond the data", $$"""{"a":{{Tensor(9223372036854775803, 9223372036854775807)}}}""", "\"a\" ends at byte"),
        Header("an overlap", $$"""{"a":{{Tensor(0, 4)}},"b":{{Tensor(2, 6)}}}""", "\"b\" begins at byte 2", "overlaps \"a\""),
        Header("the same data twice", $$"""{"a":{{Tensor(0, 4)}},"b":{{Tensor(0, 4)}}}""", "\"b\" begins at byte 0", "overlaps \"a\""),
        Header("a gap before", $$"""{"a":{{Tensor(4, 8)}}}""", "\"a\" begins at byte 4", "expected 0"),
        Header("a gap between", $$"""{"b":{{Tensor(6, 10)}},"a":{{Tensor(0, 4)}}}""", "\"b\" begins at byte 6", "expected 4"),
        Header("data behind", $$"""{"a":{{Tensor(0, 4)}}}""", "16 bytes", "only 4"),
        Header("data without tensors", "{}", "16 bytes", "only 0"),
        Broken("truncated data", RawFile.OfSingles("a", 1, 2, 3, 4)[..^1], "\"a\" ends at byte 16 of the data, which has 15"),
    ];

    [TestCaseSource(nameof(Files))]
    public void A_broken_file_is_refused_by_name_and_nothing_changes(byte[] bytes, string[] culprits)
    {
        string path = Write("broken.safetensors", bytes);
        ModelSpec spec = ModelSpec.Input(1).Lstm(2);
        using SequenceModel model = SequenceModel.Create(spec);
        using StreamState state = model.CreateState();
        model.Step(state, [1f], new float[2]);
        var before = new float[state.SnapshotLength];
        var after = new float[state.SnapshotLength];
        state.Save(before);

        AssertRefused(() => SequenceModel.Load(path), path, culprits);
        AssertRefused(() => SequenceModel.Load(path, spec), path, culprits);
        AssertRefused(() => state.Restore(path), path, culprits);

        state.Save(after);
        Assert.That(Bits(after), Is.EqualTo(Bits(before)));
    }

    private static void AssertRefused(Action load, string path, string[] culprits)
    {
        InvalidDataException? exception = null;
        long allocated = Allocated(() => exception = Assert.Throws<InvalidDataException>(() => load()));

        Assert.That(exception!.Message, Does.StartWith($"{path}: "));
        foreach (string culprit in culprits) Assert.That(exception.Message, Does.Contain(culprit));
        Assert.That(exception.Message, Has.Length.LessThan(path.Length + 1000));
        Assert.That(allocated, Is.LessThan(LittleMemory));
    }

    private static string Tensor(long begin, long end) => $$"""{"dtype":"F32","shape":[1],"data_offsets":[{{begin}},{{end}}]}""";

    // 16 bytes of data: room for the offsets above.
    private static TestCaseData Header(string name, string header, params string[] culprits) =>
        Broken(name, RawFile.Of(Encoding.UTF8.GetBytes(header), new byte[16]), culprits);

    private static TestCaseData Broken(string name, byte[] bytes, params string[] culprits) =>
        new TestCaseData(bytes, culprits).SetArgDisplayNames(name);
}
