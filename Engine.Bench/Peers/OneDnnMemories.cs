using Engine.Bench.Compare;
using Engine.Memory;
using static Engine.Bench.Peers.OneDnnNative;

namespace Engine.Bench.Peers;

/// <summary>The memories of one layer of oneDNN: made here, released together; weights between PyTorch's layout and the library's.</summary>
internal sealed unsafe class OneDnnMemories(nint engine, nint stream) : IDisposable
{
    /// <summary>For each of the library's gates of a GRU its place in PyTorch's order, and the other way round.</summary>
    public static readonly int[] UpdateResetNew = [1, 0, 2];

    private readonly List<nint> _memories = [];

    // The memories point into them.
    private readonly List<AlignedBuffer> _buffers = [];

    public static MemoryDescription Describe(int tag, params ReadOnlySpan<long> dimensions)
    {
        long* sizes = stackalloc long[12];
        dimensions.CopyTo(new Span<long>(sizes, 12));
        var description = default(MemoryDescription);
        Check(OneDnnNative.Describe(&description, dimensions.Length, sizes, Float32, tag), "memory description");
        return description;
    }

    public static AlignedBuffer Filled(float[] values)
    {
        var buffer = new AlignedBuffer(values.Length);
        values.CopyTo(buffer.Span);
        return buffer;
    }

    /// <summary>The biases as the library has them: b_ih and b_hh fold into one, but for the GRU's new gate, whose b_hh comes fourth.</summary>
    public static float[] Biases(CaseData data)
    {
        float[] sums = [.. data.BiasIh.Zip(data.BiasHh, (a, b) => a + b)];
        if (data.Sizes.Cell != Cell.Gru) return sums;

        int hidden = data.Sizes.Hidden;
        return [.. sums[hidden..(2 * hidden)], .. sums[..hidden], .. data.BiasIh[(2 * hidden)..], .. data.BiasHh[(2 * hidden)..]];
    }

    /// <summary>A memory over a buffer, or, without one, over memory that the library allocates.</summary>
    public nint Make(MemoryDescription* description, AlignedBuffer? buffer)
    {
        Check(CreateMemory(out nint memory, description, engine, buffer is null ? Allocate : (nint)buffer.Pointer), "memory");
        _memories.Add(memory);
        if (buffer is not null) _buffers.Add(buffer);
        return memory;
    }

    /// <summary>PyTorch's weights [G·H, n], reordered once into the layout that a primitive asked for.</summary>
    public nint Weights(MemoryDescription* wanted, float[] weights, CaseData data, int inputs)
    {
        Case sizes = data.Sizes;
        AlignedBuffer given = Filled(sizes.Cell == Cell.Gru ? data.Reordered(weights, UpdateResetNew) : weights);
        MemoryDescription ours = Describe(TagLdgoi, 1, 1, inputs, sizes.Gates, sizes.Hidden);
        nint from = Make(&ours, given), to = Make(wanted, null);
        Reorder(&ours, from, wanted, to);
        return to;
    }

    /// <summary>A memory of weights in the library's layout as PyTorch's [G·H, n].</summary>
    public float[] ReadWeights(MemoryDescription* theirs, nint memory, CaseData data, int inputs)
    {
        Case sizes = data.Sizes;
        var buffer = new AlignedBuffer(sizes.Gates * sizes.Hidden * inputs);
        MemoryDescription ours = Describe(TagLdgoi, 1, 1, inputs, sizes.Gates, sizes.Hidden);
        Reorder(theirs, memory, &ours, Make(&ours, buffer));
        float[] weights = buffer.Span.ToArray();
        return sizes.Cell == Cell.Gru ? data.Reordered(weights, UpdateResetNew) : weights;
    }

    public void Dispose()
    {
        foreach (nint memory in _memories) _ = DestroyMemory(memory);
    }

    private void Reorder(MemoryDescription* fromLayout, nint from, MemoryDescription* toLayout, nint to)
    {
        Check(CreateReorder(out nint choice, fromLayout, engine, toLayout, engine, 0), "reorder description");
        Check(CreatePrimitive(out nint reorder, choice), "reorder");
        Argument* arguments = stackalloc Argument[] { new() { Index = ArgSrcLayer, Memory = from }, new() { Index = ArgDstLayer, Memory = to } };
        Check(Execute(reorder, stream, 2, arguments), "reorder");
        Check(Wait(stream), "wait");
        Check(DestroyPrimitive(reorder), "release of the reorder");
        Check(DestroyChoice(choice), "release of the description");
    }
}
