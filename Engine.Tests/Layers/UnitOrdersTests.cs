using Engine.Layers;
using NUnit.Framework;

namespace Engine.Tests.Layers;

/// <summary>Which order a step's units are taken in, at the borders, for both kinds of cores: each machine shows one of them only.</summary>
[Parallelizable(ParallelScope.All)]
internal sealed class UnitOrdersTests
{
    private const int Lstm = 4;
    private const int Gru = 3;

    // Where first caches hold 32 KiB: one block's recurrent weights, 256 or 192 bytes a unit, fit them up to 128 or 170 units.
    [TestCase(Lstm, 24, 1, "apart")]
    [TestCase(Lstm, 40, 1, "apart")]
    [TestCase(Lstm, 128, 128, "apart")]
    [TestCase(Lstm, 129, 1, "two by two")]
    [TestCase(Gru, 48, 0, "two by two")]
    [TestCase(Gru, 48, 8, "two by two")]
    [TestCase(Gru, 48, 9, "apart")]
    [TestCase(Gru, 170, 170, "apart")]
    [TestCase(Gru, 171, 1, "two by two")]
    public void With_32_KiB(int gates, int hidden, int inputs, string expected) =>
        Assert.That(Order(gates, hidden, inputs, lanes: 16, kibibytes: 32), Is.EqualTo(expected));

    // Three blocks fit 48 KiB with 64 values (LSTM) or 85; two blocks of an LSTM four fifths of it with 76; one up to 192 units.
    [TestCase(Lstm, 24, 1, "two by two")]
    [TestCase(Lstm, 33, 31, "three")]
    [TestCase(Lstm, 48, 16, "three")]
    [TestCase(Lstm, 48, 17, "two by two")]
    [TestCase(Lstm, 48, 28, "two by two")]
    [TestCase(Lstm, 48, 29, "apart")]
    [TestCase(Lstm, 64, 12, "two by two")]
    [TestCase(Lstm, 64, 13, "apart")]
    [TestCase(Lstm, 192, 192, "apart")]
    [TestCase(Lstm, 193, 0, "two by two")]
    [TestCase(Gru, 32, 1, "two by two")]
    [TestCase(Gru, 48, 37, "three")]
    [TestCase(Gru, 48, 38, "two by two")]
    [TestCase(Gru, 49, 1, "two by two")]
    [TestCase(Gru, 200, 200, "two by two")]
    public void With_48_KiB(int gates, int hidden, int inputs, string expected) =>
        Assert.That(Order(gates, hidden, inputs, lanes: 16, kibibytes: 48), Is.EqualTo(expected));

    // With few registers. A GRU's weights are 4 · 3 · values · padded units bytes: 64 KiB to 384 KiB.
    [TestCase(40, 40, "together")]
    [TestCase(64, 21, "together")]
    [TestCase(64, 22, "two by two")]
    [TestCase(128, 128, "two by two")]
    [TestCase(128, 129, "together")]
    public void Of_a_GRU_with_256_bits_and_32_KiB(int hidden, int inputs, string expected) =>
        Assert.That(Order(Gru, hidden, inputs, lanes: 8, kibibytes: 32, manyRegisters: false), Is.EqualTo(expected));

    [Test]
    public void With_few_registers_elsewhere(
        [Values(Lstm, Gru)] int gates, [Values(1, 4, 8)] int lanes, [Values(32, 48)] int kibibytes, [Values(24, 40, 64, 200)] int hidden)
    {
        if (gates == Gru && lanes == 8 && kibibytes == 32) return;
        foreach (int inputs in (int[])[1, hidden])
            Assert.That(Order(gates, hidden, inputs, lanes, kibibytes, manyRegisters: false), Is.EqualTo("together"));
    }

    [Test]
    public void Narrow_vectors_with_many_registers_come_two_by_two(
        [Values(Lstm, Gru)] int gates, [Values(32, 48)] int kibibytes, [Values(24, 40, 64, 200)] int hidden) =>
        Assert.That(Order(gates, hidden, 1, lanes: 4, kibibytes), Is.EqualTo("two by two"));

    private static string Order(int gates, int hidden, int inputs, int lanes, int kibibytes, bool manyRegisters = true)
    {
        var orders = new UnitOrders(gates, hidden, lanes, manyRegisters, kibibytes * 1024);
        int values = inputs + hidden;
        return orders.IsThree(values) ? "three" : orders.IsTwoByTwo(values) ? "two by two" : orders.IsTogether ? "together" : "apart";
    }
}
