namespace Engine.Layout;

/// <summary>
/// Neighbouring units of a layer, padding units included; both ends multiples of <see cref="Sizes.Block"/>, unless an empty half is left
/// out.
/// </summary>
internal readonly record struct UnitRange(int First, int End)
{
    /// <summary>All units of a layer.</summary>
    public static UnitRange All(int units) => new(0, Sizes.Padded(units));

    /// <summary>The same without the last half block, if all of it lies beyond so many units.</summary>
    public UnitRange WithoutEmptyHalf(int units) => new(First, Math.Min(End, (units + Sizes.HalfBlock - 1) / Sizes.HalfBlock * Sizes.HalfBlock));

    /// <summary>The part in whole vectors. Half a vector can be left only where a vector is as wide as a block.</summary>
    public UnitRange InWhole(int lanes) => new(First, First + ((End - First) / lanes * lanes));
}
