using Engine.Layout;

namespace Engine.Kernels;

/// <summary>How much of the hidden state the chains of a step have met when its kernel begins.</summary>
internal interface IHiddenPart
{
    /// <summary>So many values, the first ones, for a step of these units.</summary>
    static abstract int Met(UnitRange units);
}

/// <summary>Nothing: all of it is to come.</summary>
internal readonly struct AllHidden : IHiddenPart
{
    public static int Met(UnitRange units) => 0;
}

/// <summary>The units before these, which are one panel; and x, so there are no inputs.</summary>
internal readonly struct HiddenFromHere : IHiddenPart
{
    public static int Met(UnitRange units) => units.First;
}
