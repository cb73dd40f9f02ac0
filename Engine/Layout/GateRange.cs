namespace Engine.Layout;

/// <summary>Neighbouring places within every block of a packed matrix: the gates that take part in a product.</summary>
internal readonly record struct GateRange(int First, int Count)
{
    public static GateRange All(PanelLayout layout) => new(0, layout.Gates);
}
