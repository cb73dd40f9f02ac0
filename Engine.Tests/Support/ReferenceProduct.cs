namespace Engine.Tests.Support;

/// <summary>The one rule of all products, bit for bit: an element is one chain of fused multiply-adds from its initial value.</summary>
internal static class ReferenceProduct
{
    /// <param name="init">Where the chain begins.</param>
    /// <param name="depth">Its length.</param>
    /// <param name="a">First factor at k.</param>
    /// <param name="b">Second factor at k.</param>
    public static float Chain(float init, int depth, Func<int, float> a, Func<int, float> b)
    {
        float sum = init;
        for (int k = 0; k < depth; k++) sum = MathF.FusedMultiplyAdd(a(k), b(k), sum);
        return sum;
    }
}
