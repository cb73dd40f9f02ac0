namespace Engine.Kernels;

/// <summary>Where the finished chains of a step wait until the cell takes them.</summary>
internal interface IWaitingPlace
{
    static abstract bool IsMemory { get; }
}

/// <summary>The registers they were computed in: best with 32 of them, and with a single group of chains.</summary>
internal readonly struct WaitInRegisters : IWaitingPlace
{
    public static bool IsMemory => false;
}

/// <summary>
/// Memory, from where the cell fetches one gate after the other. With 16 registers, eight chains that wait in them leave the activations too
/// few, whose own values then go over the stack in the middle of a chain that the step waits for: a step of 16 to 64 units took up to a
/// third more.
/// </summary>
internal readonly struct WaitInMemory : IWaitingPlace
{
    public static bool IsMemory => true;
}
