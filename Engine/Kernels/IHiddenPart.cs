using Engine.Layout;

namespace Engine.Kernels;

/// <summary>How much of the hidden state its sums have met when the kernel of a step begins.</summary>
internal interface IHiddenPart
{
    /// <summary>Whether the sums were begun: then they stand in <see cref="StepOperands.HiddenSums"/>.</summary>
    static abstract bool Begun { get; }

    /// <summary>So many values, the first ones, for a step of these units.</summary>
    static abstract int Met(UnitRange units);
}

/// <summary>Nothing: all of it is to come.</summary>
internal readonly struct AllHidden : IHiddenPart
{
    public static bool Begun => false;

    public static int Met(UnitRange units) => 0;
}

/// <summary>The units before these, which are one panel.</summary>
internal readonly struct HiddenFromHere : IHiddenPart
{
    public static bool Begun => true;

    public static int Met(UnitRange units) => units.First;
}
