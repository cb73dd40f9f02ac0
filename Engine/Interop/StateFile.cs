namespace Engine.Interop;

internal static class StateFile
{
    public static void Save(string path, StreamState state) => throw new NotSupportedException();

    public static float[] Load(string path, StreamState state) => throw new NotSupportedException();
}
