using Engine.Layout;

namespace Engine.Kernels;

/// <summary>Which part of the hidden state the chains of a step have still to meet.</summary>
internal interface IHiddenPart
{
    /// <summary>How many values the chains of these units have met already.</summary>
    static abstract int Met(UnitRange units);
}

/// <summary>All of it.</summary>
internal readonly struct AllHidden : IHiddenPart
{
    public static int Met(UnitRange units) => 0;
}

/// <summary>
/// What comes from these units themselves and from those behind them: with what comes from those before, the chains went on while the
/// weights were at hand for the step before. The input was met before that.
/// </summary>
internal readonly struct HiddenFromHere : IHiddenPart
{
    public static int Met(UnitRange units) => units.First;
}
