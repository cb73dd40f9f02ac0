namespace Engine.Tests.Support;

/// <summary>How far from double precision we may be.</summary>
internal static class GoldenTolerance
{
    /// <summary>
    /// In tensors of a few values PyTorch's float32 is sometimes exact by luck, so a little of the largest value is added: four
    /// roundings of it.
    /// </summary>
    public const double Floor = 4 * 5.960464477539063e-08;

    /// <summary>Ten times PyTorch's own error against double precision, and the floor.</summary>
    /// <param name="torchError">Largest error of PyTorch's float32 run over the tensor.</param>
    /// <param name="largest">Largest value of the tensor.</param>
    public static double Of(double torchError, double largest) => (10 * torchError) + (Floor * largest);
}
