namespace Engine.Layers;

/// <summary>
/// Where a layer stands among PyTorch's modules. Equal recurrent layers behind each other are one module there
/// (<c>nn.LSTM(num_layers=2)</c>), so its tensors have names such as <c>lstm.weight_ih_l1</c>.
/// </summary>
/// <param name="Module">Name of the module, <c>lstm</c> or <c>linear_1</c>.</param>
/// <param name="Index">The layer within it; null where a module is one layer.</param>
internal readonly record struct LayerName(string Module, int? Index = null)
{
    /// <summary>Name in messages.</summary>
    public string Display => Index is { } index ? $"{Module}.l{index}" : Module;

    public string Tensor(string name) => Index is { } index ? $"{Module}.{name}_l{index}" : $"{Module}.{name}";
}
