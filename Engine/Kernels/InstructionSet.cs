using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.Arm;
using System.Runtime.Intrinsics.X86;

namespace Engine.Kernels;

/// <summary>The width the kernels run at. The results are the same bits whichever it is.</summary>
internal enum InstructionSet
{
    Scalar,
    Vector128,
    Vector256,
    Vector512,
}

/// <summary>
/// Something to be made once the width is known: the one place where an <see cref="InstructionSet"/> becomes type arguments.
/// </summary>
internal interface IForWidth<out TResult>
{
    TResult Make<S, V>()
        where S : struct, ISimd<V>
        where V : struct;
}

internal static class InstructionSets
{
    /// <summary>Environment variable that forces a width: <c>512</c>, <c>256</c>, <c>128</c> or <c>scalar</c>.</summary>
    public const string Variable = "ENGINE_SIMD";

    // Lazy, since a static initializer would hide what is wrong with the variable in a TypeInitializationException.
    private static readonly Lazy<InstructionSet> Chosen = new(() => Choose(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>The widest this machine has, unless <see cref="Variable"/> names another it also has.</summary>
    public static InstructionSet Best => Chosen.Value;

    public static InstructionSet Choose(string? wanted)
    {
        InstructionSet widest = Widest();
        InstructionSet chosen = wanted?.Trim().ToUpperInvariant() switch
        {
            null or "" => widest,
            "512" => InstructionSet.Vector512,
            "256" => InstructionSet.Vector256,
            "128" => InstructionSet.Vector128,
            "SCALAR" => InstructionSet.Scalar,
            _ => throw new NotSupportedException($"{Variable} is \"{wanted}\"; expected 512, 256, 128 or scalar."),
        };
        return chosen <= widest
            ? chosen
            : throw new NotSupportedException($"{Variable} asks for {chosen}; the widest {Limit} is {widest}.");
    }

    // What is compiled ahead of time knows only the instructions it was compiled for.
    private static string Limit => RuntimeFeature.IsDynamicCodeCompiled
        ? "this machine has"
        : "this program was compiled for (IlcInstructionSet)";

    /// <summary>Bits of a vector: 32 where there are none.</summary>
    public static int BitsOf(InstructionSet set) => set switch
    {
        InstructionSet.Vector512 => 512,
        InstructionSet.Vector256 => 256,
        InstructionSet.Vector128 => 128,
        _ => 32,
    };

    public static TResult Make<TResult>(InstructionSet set, IForWidth<TResult> what) => set switch
    {
        InstructionSet.Vector512 => what.Make<Simd512, Vector512<float>>(),
        InstructionSet.Vector256 => what.Make<Simd256, Vector256<float>>(),
        InstructionSet.Vector128 => what.Make<Simd128, Vector128<float>>(),
        _ => what.Make<SimdScalar, float>(),
    };

    // A width without fused multiply-add in hardware would fall back to one software call per lane; then one lane is as good.
    private static InstructionSet Widest()
    {
        if (Vector512.IsHardwareAccelerated) return InstructionSet.Vector512;
        if (Vector256.IsHardwareAccelerated && Fma.IsSupported) return InstructionSet.Vector256;
        if (Fma.IsSupported || AdvSimd.IsSupported) return InstructionSet.Vector128;
        return InstructionSet.Scalar;
    }
}
