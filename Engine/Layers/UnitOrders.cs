using Engine.Layout;

namespace Engine.Layers;

/// <summary>
/// In which order a step of one stream of an LSTM or GRU takes the units of a layer that has more than one vector of them: two groups of lanes
/// by two; three blocks side by side; with vectors as wide as a block, each block apart; with few registers, all sums together and then all
/// activations. The results are the same bits, the best order depends on the core: docs/performance.md, "Middle layers wait for both".
/// </summary>
internal readonly struct UnitOrders
{
    // Cores with 48 KiB multiply-add two vectors of 512 bits in a cycle (Golden Cove, Zen 5 of servers and desktops), those with 32 that were measured
    // one (Zen 4). No processor says it. Where this is wrong (client cores of Ice to Rocket Lake, mobile Zen 5; Skylake and Cascade Lake), steps of a
    // few sizes take longer than they could.
    private const int NearBytesOfWideCores = 48 * 1024;

    private readonly int _mostValuesOfThree;
    private readonly int _leastValuesTwoByTwo;
    private readonly int _mostValuesTwoByTwo;

    /// <param name="gates">Chains of a unit over either matrix: 4 of an LSTM, 3 of a GRU.</param>
    /// <param name="hidden">Units of the layer.</param>
    /// <param name="lanes">Lanes of a vector.</param>
    /// <param name="manyRegisters">Whether there are 32 of them, not 16.</param>
    /// <param name="nearBytes">Size of the nearest data cache.</param>
    public UnitOrders(int gates, int hidden, int lanes, bool manyRegisters, int nearBytes)
    {
        bool wide = nearBytes >= NearBytesOfWideCores;
        int near = nearBytes / sizeof(float);
        int panel = gates * Sizes.Block;
        int blocks = Sizes.Padded(hidden) / Sizes.Block;
        if (!manyRegisters)
        {
            IsTogether = true;
            if (gates != 3 || lanes != Sizes.HalfBlock || wide) return;

            // Weights that come from the second cache leave time for the activations beside them.
            _leastValuesTwoByTwo = 2 * near / (blocks * panel);
            _mostValuesTwoByTwo = 12 * near / (blocks * panel);
        }
        else if (lanes < Sizes.Block || (long)panel * hidden > near)
        {
            // Apart is for vectors as wide as a block, and for blocks whose recurrent weights stay near until the next step, which begins with the last.
            _mostValuesTwoByTwo = int.MaxValue;
        }
        else if (gates == 3)
        {
            // One block's three chains are too few for any core while its weights come from the nearest cache, and for wide ones wherever they come from.
            _mostValuesTwoByTwo = wide ? int.MaxValue : near / (blocks * panel);
        }
        else
        {
            // Four suffice unless the core is wide, and there as soon as they wait for weights: two blocks, with what else is read, are too many to stay near.
            _mostValuesTwoByTwo = wide ? near * 4 / 5 / (2 * panel) : 0;
        }

        if (lanes == Sizes.Block && wide && blocks == 3) _mostValuesOfThree = near / (3 * panel);
    }

    /// <summary>Whether three blocks are all units, and side by side; asked first.</summary>
    /// <param name="values">What a unit's chains meet: inputs, unless they are projected already, and units.</param>
    public bool IsThree(int values) => values <= _mostValuesOfThree;

    /// <summary>Whether two groups come by two.</summary>
    /// <param name="values">As of <see cref="IsThree"/>.</param>
    public bool IsTwoByTwo(int values) => values > _leastValuesTwoByTwo && values <= _mostValuesTwoByTwo;

    /// <summary>Whether all sums come together, if they come neither by three nor by two; if not, each block comes apart.</summary>
    public bool IsTogether { get; }
}
