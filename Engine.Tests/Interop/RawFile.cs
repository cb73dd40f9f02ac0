using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;
using Engine.Interop;

namespace Engine.Tests.Interop;

/// <summary>Safetensors files by hand, broken ones too.</summary>
internal static class RawFile
{
    /// <summary>Length, header, data.</summary>
    public static byte[] Of(string header, int dataLength = 0) => Of(Encoding.UTF8.GetBytes(header), new byte[dataLength]);

    public static byte[] Of(byte[] header, byte[] data) => [.. Prefix((ulong)header.Length), .. header, .. data];

    public static byte[] Prefix(ulong headerLength)
    {
        var prefix = new byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(prefix, headerLength);
        return prefix;
    }

    /// <summary>One F32 tensor with these values.</summary>
    public static byte[] OfSingles(string name, params float[] values) => Of(
        Encoding.UTF8.GetBytes(
            $$$"""{"{{{name}}}":{"dtype":"F32","shape":[{{{values.Length}}}],"data_offsets":[0,{{{4 * values.Length}}}]}}"""),
        MemoryMarshal.AsBytes<float>(values).ToArray());

    /// <summary>A file of F32 tensors; every value of the first is 1, of the second 2 and so on.</summary>
    public static void Write(string path, params (string Name, int[] Shape)[] tensors) =>
        Write(path, [], tensors);

    public static void Write(string path, Dictionary<string, string> metadata, params (string Name, int[] Shape)[] tensors) =>
        SafetensorsWriter.Write(
            path, metadata, [.. tensors.Select(tensor => new ParameterInfo(tensor.Name, tensor.Shape))], (i, values) => values.Fill(i + 1));
}
