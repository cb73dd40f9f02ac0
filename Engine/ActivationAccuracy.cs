namespace Engine;

/// <summary>How near sigmoid and tanh of the recurrent layers come to the true values.</summary>
public enum ActivationAccuracy
{
    /// <summary>At most 2.5 units in the last place away, everywhere.</summary>
    Exact,

    /// <summary>
    /// Quicker where a step waits for them, up to some 32 units: tanh at most 10 units in the last place away, sigmoid at most
    /// 4·10⁻⁷ (a gate that is closed lets 2·10⁻⁷ through). As reproducible to the bit as the exact ones.
    /// </summary>
    Fast,
}
