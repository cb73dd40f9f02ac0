using Engine.Layout;
using NUnit.Framework;

namespace Engine.Tests.Layout;

/// <summary>Units cut into chunks: each unit in one of them, all about as large.</summary>
internal sealed class UnitSplitTests
{
    private const long Least = 1000;
    private const int Most = 4;

    [Test]
    public void Every_unit_is_in_one_chunk_that_begins_at_a_strip(
        [Values(1, 2, 3, 7, 64)] int threads, [Values(16, 32, 64, 80)] int strip, [Values(1, 100, 1000, 5000, 100_000)] long work)
    {
        for (int padded = 16; padded <= 2048; padded += 16)
        {
            UnitSplit split = UnitSplit.For(threads, padded, strip, work, Least, Most);
            int end = 0;
            int smallest = int.MaxValue, largest = 0;
            for (int chunk = 0; chunk < split.Chunks; chunk++)
            {
                UnitRange range = split[chunk];
                Assert.That(range.First, Is.EqualTo(end), $"{split}, chunk {chunk}");
                Assert.That(range.First % strip, Is.Zero, $"{split}, chunk {chunk}");
                end = range.End;
                int strips = (range.End - range.First + strip - 1) / strip;
                smallest = Math.Min(smallest, strips);
                largest = Math.Max(largest, strips);
            }

            Assert.That(end, Is.EqualTo(padded), $"{split}");
            Assert.That(smallest, Is.Positive, $"{split}");
            Assert.That(largest - smallest, Is.LessThanOrEqualTo(1), $"{split}");
        }
    }

    [Test]
    public void In_turn_every_chunk_is_taken_once([Values(1, 2, 3, 5)] int threads, [Values] bool reversed)
    {
        for (int padded = 16; padded <= 1024; padded += 16)
        {
            UnitSplit split = UnitSplit.For(threads, padded, 16, 1_000_000, Least, Most);
            IEnumerable<UnitRange> taken = Enumerable.Range(0, split.Chunks).Select(chunk => split.InTurn(chunk, reversed));
            Assert.That(taken, Is.EquivalentTo(Enumerable.Range(0, split.Chunks).Select(chunk => split[chunk])), $"{split}");
        }
    }

    [Test]
    public void Back_again_each_thread_begins_where_it_ended()
    {
        UnitSplit split = UnitSplit.For(2, 1024, 16, 1_000_000, Least, Most);
        Assert.That(split.InTurn(0, reversed: true), Is.EqualTo(split[3]), "the caller's last");
        Assert.That(split.InTurn(7, reversed: true), Is.EqualTo(split[4]), "the helper's last");
    }

    [Test]
    public void A_caller_of_fewer_chunks_than_threads_always_begins_with_its_own()
    {
        UnitSplit split = UnitSplit.For(8, 256, 64, 1_000_000, Least, Most);
        Assert.That(split.Chunks, Is.EqualTo(4));
        Assert.That(split.InTurn(0, reversed: true), Is.EqualTo(split[0]));
    }

    [TestCase(1_000, 2, Description = "little work is one chunk for each thread")]
    [TestCase(3_999, 2)]
    [TestCase(4_000, 4, Description = "a chunk has at least 1000 multiply-adds")]
    [TestCase(1_000_000, 8, Description = "no more than four for each thread")]
    public void Chunks_follow_the_work(long work, int expected) =>
        Assert.That(UnitSplit.For(2, 1024, 16, work, Least, Most).Chunks, Is.EqualTo(expected));

    [Test]
    public void A_single_strip_is_a_single_chunk() => Assert.That(UnitSplit.For(2, 64, 64, 1_000_000, Least, Most).Chunks, Is.EqualTo(1));
}
