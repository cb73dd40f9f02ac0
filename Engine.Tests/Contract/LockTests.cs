using System.Reflection;
using System.Reflection.Emit;
using Engine.Threads;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>
/// No step takes a lock: in the whole library only a helper that falls asleep, and whoever wakes it, call what .NET has for waiting
/// for another thread. Read from the library's own instructions, since a lock that is free leaves no trace when it runs.
/// </summary>
[TestFixture]
internal sealed class LockTests
{
    private static readonly Dictionary<short, OpCode> OpCodesByValue = typeof(OpCodes)
        .GetFields(BindingFlags.Public | BindingFlags.Static).Select(field => (OpCode)field.GetValue(null)!).ToDictionary(code => code.Value);

    // All of System.Threading may wait, but for what only orders memory or names what a thread runs; of a thread itself, Join and Sleep.
    private static readonly Type[] Harmless = [typeof(Interlocked), typeof(Volatile), typeof(ThreadStart)];

    [Test]
    public void Only_falling_asleep_and_waking_take_one()
    {
        var takers = new SortedSet<string>();
        foreach (MethodBase method in MethodsOf(typeof(SequenceModel).Assembly))
        {
            bool locks = method.MethodImplementationFlags.HasFlag(MethodImplAttributes.Synchronized);
            if (locks || CalledBy(method).Any(MayWait)) takers.Add($"{method.DeclaringType!.Name}.{method.Name}");
        }

        Assert.That(takers, Is.EqualTo(new[] { $"{nameof(Helper)}.Sleep", $"{nameof(Helper)}.{nameof(Helper.Wake)}" }));
    }

    private static bool MayWait(MethodBase called) =>
        called.DeclaringType is { Namespace: "System.Threading" or "System.Threading.Tasks" or "System.Collections.Concurrent" } type
        && (type == typeof(Thread) ? called.Name is nameof(Thread.Join) or nameof(Thread.Sleep) : !Harmless.Contains(type));

    private static IEnumerable<MethodBase> MethodsOf(Assembly assembly)
    {
        const BindingFlags Own = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly;
        return assembly.GetTypes().SelectMany(type => type.GetMethods(Own).Concat<MethodBase>(type.GetConstructors(Own)));
    }

    private static IEnumerable<MethodBase> CalledBy(MethodBase method)
    {
        byte[] body = method.GetMethodBody()?.GetILAsByteArray() ?? [];
        Type[]? ofType = method.DeclaringType!.IsGenericType ? method.DeclaringType.GetGenericArguments() : null;
        Type[]? ofMethod = method.IsGenericMethod ? method.GetGenericArguments() : null;
        for (int at = 0; at < body.Length;)
        {
            bool isLong = body[at] == OpCodes.Prefix1.Value;
            OpCode code = OpCodesByValue[isLong ? (short)((body[at] << 8) | body[at + 1]) : body[at]];
            at += code.Size;
            if (code.OperandType == OperandType.InlineMethod)
                yield return method.Module.ResolveMethod(BitConverter.ToInt32(body, at), ofType, ofMethod)!;
            at += OperandSize(code.OperandType, body, at);
        }
    }

    private static int OperandSize(OperandType type, byte[] body, int at) => type switch
    {
        OperandType.InlineNone => 0,
        OperandType.ShortInlineBrTarget or OperandType.ShortInlineI or OperandType.ShortInlineVar => 1,
        OperandType.InlineVar => 2,
        OperandType.InlineI8 or OperandType.InlineR => 8,
        OperandType.InlineSwitch => 4 + (4 * BitConverter.ToInt32(body, at)),
        _ => 4,
    };
}
