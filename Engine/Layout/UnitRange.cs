namespace Engine.Layout;

/// <summary>Neighbouring units of a layer, padding units included; both ends multiples of <see cref="Sizes.Block"/>.</summary>
internal readonly record struct UnitRange(int First, int End)
{
    /// <summary>All units of a layer.</summary>
    public static UnitRange All(int units) => new(0, Sizes.Padded(units));
}
