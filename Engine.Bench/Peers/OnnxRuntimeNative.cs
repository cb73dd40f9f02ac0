using System.Runtime.InteropServices;
using System.Text;

namespace Engine.Bench.Peers;

/// <summary>The few functions of ONNX Runtime's C API that the peer calls, by their fixed places in its table.</summary>
internal sealed unsafe class OnnxRuntimeNative
{
    public const int FloatType = 1;

    private const uint ApiVersion = 11;
    private const int LevelError = 3;
    private const int AllOptimizations = 99;

    private readonly nint* _api;

    public OnnxRuntimeNative(nint library)
    {
        var getBase = (delegate* unmanaged<nint*>)NativeLibrary.GetExport(library, "OrtGetApiBase");
        nint* start = getBase();
        _api = ((delegate* unmanaged<uint, nint*>)start[0])(ApiVersion);
        if (_api == null) throw new NotSupportedException($"this ONNX Runtime has no C API version {ApiVersion}; expected 1.11 or newer.");
        Version = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)start[1])())!;
    }

    public string Version { get; }

    public nint CreateEnvironment()
    {
        nint environment;
        fixed (byte* name = "compare\0"u8) Check(((delegate* unmanaged<int, byte*, nint*, nint>)_api[3])(LevelError, name, &environment));
        return environment;
    }

    /// <summary>A session with one thread and all graph optimisations.</summary>
    public nint CreateSession(nint environment, byte[] model)
    {
        nint options, session;
        Check(((delegate* unmanaged<nint*, nint>)_api[10])(&options));
        Check(((delegate* unmanaged<nint, int, nint>)_api[23])(options, AllOptimizations));
        Check(((delegate* unmanaged<nint, int, nint>)_api[24])(options, 1));
        Check(((delegate* unmanaged<nint, int, nint>)_api[25])(options, 1));
        fixed (byte* bytes = model)
            Check(((delegate* unmanaged<nint, byte*, nuint, nint, nint*, nint>)_api[8])(environment, bytes, (nuint)model.Length, options, &session));
        ((delegate* unmanaged<nint, void>)_api[100])(options);
        return session;
    }

    public nint CreateMemoryInfo()
    {
        nint info;
        Check(((delegate* unmanaged<int, int, nint*, nint>)_api[69])(0, 0, &info));
        return info;
    }

    /// <summary>A tensor over memory of our own, which must not move.</summary>
    public nint CreateTensor(nint memoryInfo, float* data, int count, ReadOnlySpan<long> shape)
    {
        nint value;
        fixed (long* sizes = shape)
        {
            Check(((delegate* unmanaged<nint, void*, nuint, long*, nuint, int, nint*, nint>)_api[49])(
                memoryInfo, data, (nuint)count * sizeof(float), sizes, (nuint)shape.Length, FloatType, &value));
        }

        return value;
    }

    public nint CreateBinding(nint session)
    {
        nint binding;
        Check(((delegate* unmanaged<nint, nint*, nint>)_api[134])(session, &binding));
        return binding;
    }

    public void BindInput(nint binding, string name, nint value) => Bind(136, binding, name, value);

    public void BindOutput(nint binding, string name, nint value) => Bind(137, binding, name, value);

    public void Run(nint session, nint binding) => Check(((delegate* unmanaged<nint, nint, nint, nint>)_api[133])(session, 0, binding));

    public void ReleaseEnvironment(nint environment) => Release(92, environment);

    public void ReleaseMemoryInfo(nint info) => Release(94, info);

    public void ReleaseSession(nint session) => Release(95, session);

    public void ReleaseTensor(nint value) => Release(96, value);

    public void ReleaseBinding(nint binding) => Release(135, binding);

    private void Bind(int place, nint binding, string name, nint value)
    {
        fixed (byte* text = Encoding.UTF8.GetBytes(name + '\0'))
            Check(((delegate* unmanaged<nint, byte*, nint, nint>)_api[place])(binding, text, value));
    }

    private void Release(int place, nint handle) => ((delegate* unmanaged<nint, void>)_api[place])(handle);

    private void Check(nint status)
    {
        if (status == 0) return;

        string message = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint, nint>)_api[2])(status)) ?? "no message";
        Release(93, status);
        throw new InvalidOperationException($"ONNX Runtime: {message}");
    }
}
