using System.Text;
using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary>An ONNX file in memory with a single LSTM, GRU or RNN node, written as plain protobuf.</summary>
internal static class OnnxModel
{
    private const int FloatType = 1;
    private const int IntegerAttribute = 2;
    private const int IrVersion = 8;
    private const int OperatorSet = 14;

    // Gates in ONNX's order, as places in PyTorch's: i o f c and z r h.
    private static readonly int[] Lstm = [0, 3, 1, 2];
    private static readonly int[] Gru = [1, 0, 2];
    private static readonly int[] Rnn = [0];

    /// <summary>Inputs X, initial_h and, for the LSTM, initial_c; outputs Y, Y_h and, for the LSTM, Y_c.</summary>
    public static byte[] Build(CaseData data)
    {
        Case sizes = data.Sizes;
        int[] order = sizes.Cell == Cell.Lstm ? Lstm : sizes.Cell == Cell.Gru ? Gru : Rnn;
        bool hasCell = sizes.Cell == Cell.Lstm;
        int rows = sizes.Gates * sizes.Hidden;
        var node = new Message();
        foreach (string input in (string[])["X", "W", "R", "B", "", "initial_h", .. hasCell ? ["initial_c"] : Array.Empty<string>()]) node.Text(1, input);
        foreach (string output in (string[])["Y", "Y_h", .. hasCell ? ["Y_c"] : Array.Empty<string>()]) node.Text(2, output);
        node.Text(4, sizes.CellName).Nested(5, Attribute("hidden_size", sizes.Hidden));
        if (sizes.Cell == Cell.Gru) node.Nested(5, Attribute("linear_before_reset", 1));

        float[] bias = [.. data.Reordered(data.BiasIh, order), .. data.Reordered(data.BiasHh, order)];
        Message graph = new Message().Nested(1, node).Text(2, "cell")
            .Nested(5, Tensor("W", data.Reordered(data.WeightIh, order), 1, rows, sizes.Inputs))
            .Nested(5, Tensor("R", data.Reordered(data.WeightHh, order), 1, rows, sizes.Hidden))
            .Nested(5, Tensor("B", bias, 1, 2 * rows))
            .Nested(11, Value("X", sizes.Steps, sizes.Batch, sizes.Inputs))
            .Nested(11, Value("initial_h", 1, sizes.Batch, sizes.Hidden))
            .Nested(12, Value("Y", sizes.Steps, 1, sizes.Batch, sizes.Hidden))
            .Nested(12, Value("Y_h", 1, sizes.Batch, sizes.Hidden));
        if (hasCell)
            graph.Nested(11, Value("initial_c", 1, sizes.Batch, sizes.Hidden)).Nested(12, Value("Y_c", 1, sizes.Batch, sizes.Hidden));

        return new Message().Number(1, IrVersion).Nested(7, graph).Nested(8, new Message().Text(1, "").Number(2, OperatorSet)).ToArray();
    }

    private static Message Attribute(string name, int value) => new Message().Text(1, name).Number(3, value).Number(20, IntegerAttribute);

    private static Message Tensor(string name, float[] values, params ReadOnlySpan<int> shape)
    {
        var tensor = new Message();
        foreach (int size in shape) tensor.Number(1, size);
        return tensor.Number(2, FloatType).Text(8, name).Bytes(9, System.Runtime.InteropServices.MemoryMarshal.AsBytes(values.AsSpan()));
    }

    private static Message Value(string name, params ReadOnlySpan<int> shape)
    {
        var dimensions = new Message();
        foreach (int size in shape) dimensions.Nested(1, new Message().Number(1, size));
        Message tensorType = new Message().Number(1, FloatType).Nested(2, dimensions);
        return new Message().Text(1, name).Nested(2, new Message().Nested(1, tensorType));
    }

    /// <summary>A protobuf message: fields in the order they are added.</summary>
    private sealed class Message
    {
        private const int VariableLength = 0;
        private const int LengthFirst = 2;

        private readonly List<byte> _bytes = [];

        public Message Number(int field, long value)
        {
            Varint((ulong)((field << 3) | VariableLength));
            Varint((ulong)value);
            return this;
        }

        public Message Bytes(int field, ReadOnlySpan<byte> value)
        {
            Varint((ulong)((field << 3) | LengthFirst));
            Varint((ulong)value.Length);
            _bytes.AddRange(value);
            return this;
        }

        public Message Text(int field, string value) => Bytes(field, Encoding.UTF8.GetBytes(value));

        public Message Nested(int field, Message value) => Bytes(field, value.ToArray());

        public byte[] ToArray() => [.. _bytes];

        // Seven bits a byte, lowest first; the high bit says that more follow.
        private void Varint(ulong value)
        {
            for (; value >= 0x80; value >>= 7) _bytes.Add((byte)(value | 0x80));
            _bytes.Add((byte)value);
        }
    }
}
