using System.Runtime.InteropServices;

namespace Engine.Bench.Peers;

/// <summary>The few functions of oneDNN's C API, version 2, that the peer calls; all give 0 for success.</summary>
internal static unsafe partial class OneDnnNative
{
    public const string Library = "libdnnl.so.2";

    public const int Cpu = 1;
    public const int DefaultStream = 1;
    public const int Float32 = 3;
    public const int ForwardTraining = 64;
    public const int ForwardInference = 96;
    public const int Backward = 128;
    public const int LeftToRight = 0;
    public const int Tanh = 47;
    public const int QueryWeights = 131;
    public const int QueryWeightGradients = 132;
    public const int QueryWorkspace = 135;

    /// <summary>Any layout the library likes, for weights.</summary>
    public const int TagAny = 1;

    /// <summary>[T, B, C].</summary>
    public const int TagTnc = 4;

    /// <summary>[layers, directions, B, C], and [layers, directions, gates, outputs].</summary>
    public const int TagLdnc = 5;

    /// <summary>PyTorch's weights: gates and outputs outside, inputs innermost.</summary>
    public const int TagLdgoi = 16;

    public const int ArgSrcLayer = 1;
    public const int ArgSrcIter = 2;
    public const int ArgSrcIterC = 3;
    public const int ArgDstLayer = 17;
    public const int ArgDstIter = 18;
    public const int ArgDstIterC = 19;
    public const int ArgWeightsLayer = 33;
    public const int ArgWeightsIter = 34;
    public const int ArgBias = 41;
    public const int ArgWorkspace = 64;

    /// <summary>To be added to the index of an argument: its gradient.</summary>
    public const int ArgGradient = 128;

    /// <summary>As a memory's handle: the library allocates it.</summary>
    public static readonly nint Allocate = -1;

    public static void Check(int status, string call)
    {
        if (status != 0) throw new InvalidOperationException($"oneDNN's {call} gave status {status}; expected 0.");
    }

    /// <summary><c>dnnl_version_t</c> begins with the major, minor and patch number.</summary>
    [LibraryImport(Library, EntryPoint = "dnnl_version")]
    public static partial int* GetVersion();

    /// <summary><c>c = α·op(a)·op(b) + β·c</c>, all row-major.</summary>
    [LibraryImport(Library, EntryPoint = "dnnl_sgemm")]
    public static partial int Multiply(
        byte transposeA, byte transposeB, long m, long n, long k, float alpha, float* a, long strideA, float* b, long strideB, float beta, float* c,
        long strideC);

    [LibraryImport(Library, EntryPoint = "dnnl_engine_create")]
    public static partial int CreateEngine(out nint engine, int kind, nuint index);

    [LibraryImport(Library, EntryPoint = "dnnl_engine_destroy")]
    public static partial int DestroyEngine(nint engine);

    [LibraryImport(Library, EntryPoint = "dnnl_stream_create")]
    public static partial int CreateStream(out nint stream, nint engine, uint flags);

    [LibraryImport(Library, EntryPoint = "dnnl_stream_wait")]
    public static partial int Wait(nint stream);

    [LibraryImport(Library, EntryPoint = "dnnl_stream_destroy")]
    public static partial int DestroyStream(nint stream);

    [LibraryImport(Library, EntryPoint = "dnnl_memory_desc_init_by_tag")]
    public static partial int Describe(MemoryDescription* description, int dimensions, long* sizes, int type, int tag);

    [LibraryImport(Library, EntryPoint = "dnnl_memory_desc_get_size")]
    public static partial nuint Bytes(MemoryDescription* description);

    [LibraryImport(Library, EntryPoint = "dnnl_memory_create")]
    public static partial int CreateMemory(out nint memory, MemoryDescription* description, nint engine, nint handle);

    [LibraryImport(Library, EntryPoint = "dnnl_memory_destroy")]
    public static partial int DestroyMemory(nint memory);

    [LibraryImport(Library, EntryPoint = "dnnl_vanilla_rnn_forward_desc_init")]
    public static partial int DescribeRnn(
        RnnDescription* rnn, int kind, int activation, int direction, MemoryDescription* srcLayer, MemoryDescription* srcIter,
        MemoryDescription* weightsLayer, MemoryDescription* weightsIter, MemoryDescription* bias, MemoryDescription* dstLayer,
        MemoryDescription* dstIter, uint flags, float alpha, float beta);

    [LibraryImport(Library, EntryPoint = "dnnl_lstm_forward_desc_init")]
    public static partial int DescribeLstm(
        RnnDescription* rnn, int kind, int direction, MemoryDescription* srcLayer, MemoryDescription* srcIter, MemoryDescription* srcIterC,
        MemoryDescription* weightsLayer, MemoryDescription* weightsIter, MemoryDescription* bias, MemoryDescription* dstLayer,
        MemoryDescription* dstIter, MemoryDescription* dstIterC, uint flags);

    [LibraryImport(Library, EntryPoint = "dnnl_lbr_gru_forward_desc_init")]
    public static partial int DescribeGru(
        RnnDescription* rnn, int kind, int direction, MemoryDescription* srcLayer, MemoryDescription* srcIter,
        MemoryDescription* weightsLayer, MemoryDescription* weightsIter, MemoryDescription* bias, MemoryDescription* dstLayer,
        MemoryDescription* dstIter, uint flags);

    [LibraryImport(Library, EntryPoint = "dnnl_vanilla_rnn_backward_desc_init")]
    public static partial int DescribeRnnBackward(
        RnnDescription* rnn, int kind, int activation, int direction, MemoryDescription* srcLayer, MemoryDescription* srcIter,
        MemoryDescription* weightsLayer, MemoryDescription* weightsIter, MemoryDescription* bias, MemoryDescription* dstLayer,
        MemoryDescription* dstIter, MemoryDescription* srcLayerGradient, MemoryDescription* srcIterGradient,
        MemoryDescription* weightsLayerGradient, MemoryDescription* weightsIterGradient, MemoryDescription* biasGradient,
        MemoryDescription* dstLayerGradient, MemoryDescription* dstIterGradient, uint flags, float alpha, float beta);

    [LibraryImport(Library, EntryPoint = "dnnl_lstm_backward_desc_init")]
    public static partial int DescribeLstmBackward(
        RnnDescription* rnn, int kind, int direction, MemoryDescription* srcLayer, MemoryDescription* srcIter, MemoryDescription* srcIterC,
        MemoryDescription* weightsLayer, MemoryDescription* weightsIter, MemoryDescription* bias, MemoryDescription* dstLayer,
        MemoryDescription* dstIter, MemoryDescription* dstIterC, MemoryDescription* srcLayerGradient, MemoryDescription* srcIterGradient,
        MemoryDescription* srcIterCGradient, MemoryDescription* weightsLayerGradient, MemoryDescription* weightsIterGradient,
        MemoryDescription* biasGradient, MemoryDescription* dstLayerGradient, MemoryDescription* dstIterGradient,
        MemoryDescription* dstIterCGradient, uint flags);

    [LibraryImport(Library, EntryPoint = "dnnl_lbr_gru_backward_desc_init")]
    public static partial int DescribeGruBackward(
        RnnDescription* rnn, int kind, int direction, MemoryDescription* srcLayer, MemoryDescription* srcIter,
        MemoryDescription* weightsLayer, MemoryDescription* weightsIter, MemoryDescription* bias, MemoryDescription* dstLayer,
        MemoryDescription* dstIter, MemoryDescription* srcLayerGradient, MemoryDescription* srcIterGradient,
        MemoryDescription* weightsLayerGradient, MemoryDescription* weightsIterGradient, MemoryDescription* biasGradient,
        MemoryDescription* dstLayerGradient, MemoryDescription* dstIterGradient, uint flags);

    [LibraryImport(Library, EntryPoint = "dnnl_primitive_desc_create")]
    public static partial int CreateChoice(out nint choice, RnnDescription* operation, nint attributes, nint engine, nint hint);

    [LibraryImport(Library, EntryPoint = "dnnl_reorder_primitive_desc_create")]
    public static partial int CreateReorder(
        out nint choice, MemoryDescription* from, nint fromEngine, MemoryDescription* to, nint toEngine, nint attributes);

    [LibraryImport(Library, EntryPoint = "dnnl_primitive_desc_query_md")]
    public static partial MemoryDescription* Query(nint choice, int what, int index);

    [LibraryImport(Library, EntryPoint = "dnnl_primitive_desc_destroy")]
    public static partial int DestroyChoice(nint choice);

    [LibraryImport(Library, EntryPoint = "dnnl_primitive_create")]
    public static partial int CreatePrimitive(out nint primitive, nint choice);

    [LibraryImport(Library, EntryPoint = "dnnl_primitive_execute")]
    public static partial int Execute(nint primitive, nint stream, int count, Argument* arguments);

    [LibraryImport(Library, EntryPoint = "dnnl_primitive_destroy")]
    public static partial int DestroyPrimitive(nint primitive);

    /// <summary><c>dnnl_memory_desc_t</c>; its inside is the library's business.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 696)]
    public struct MemoryDescription
    {
        public long Alignment;
    }

    /// <summary><c>dnnl_rnn_desc_t</c>; its inside is the library's business.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 15344)]
    public struct RnnDescription
    {
        public long Alignment;
    }

    /// <summary><c>dnnl_exec_arg_t</c>.</summary>
    public struct Argument
    {
        public int Index;
        public nint Memory;
    }
}
