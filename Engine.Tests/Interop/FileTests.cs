using System.Runtime.InteropServices;
using NUnit.Framework;

namespace Engine.Tests.Interop;

/// <summary>Tests that write files: each has a folder of its own, which is gone afterwards.</summary>
public abstract class FileTests
{
    protected string Folder { get; private set; } = "";

    [SetUp]
    public void MakeFolder() => Folder = Directory.CreateTempSubdirectory("engine-tests-").FullName;

    [TearDown]
    public void RemoveFolder() => Directory.Delete(Folder, recursive: true);

    protected static string Golden(string name) => Path.Combine(TestContext.CurrentContext.TestDirectory, "Golden", name);

    protected string PathOf(string name) => Path.Combine(Folder, name);

    protected string Write(string name, byte[] bytes)
    {
        string path = PathOf(name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    protected string[] FileNames() => [.. Directory.GetFileSystemEntries(Folder).Select(path => Path.GetFileName(path)).Order()];

    /// <summary>The bits of floats: what "identical" means.</summary>
    protected static int[] Bits(float[] values) => MemoryMarshal.Cast<float, int>(values).ToArray();

    /// <summary>Runs a model from the zero state over a fixed input.</summary>
    protected static float[] Run(SequenceModel model, int steps = 7, int batch = 2)
    {
        using StreamState state = model.CreateState(batch);
        var y = new float[(model.Spec.LastStepOnly ? 1 : steps) * batch * model.OutputSize];
        if (model.Spec.TakesTokens) model.Run(state, Tokens(model, steps * batch), y);
        else model.Run(state, Inputs(steps * batch * model.InputSize), y);
        return y;
    }

    protected static float[] Inputs(int count) => [.. Enumerable.Range(0, count).Select(i => MathF.Sin(i))];

    protected static int[] Tokens(SequenceModel model, int count) =>
        [.. Enumerable.Range(0, count).Select(i => i * 7 % model.Spec.FirstLayerInput)];

    /// <summary>Bytes this thread allocates in a call.</summary>
    protected static long Allocated(Action action)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
