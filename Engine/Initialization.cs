namespace Engine;

/// <summary>How the weights of a new model are drawn.</summary>
public enum Initialization
{
    /// <summary>
    /// Input weights uniform after Glorot and Bengio (2010), recurrent weights orthogonal per gate (Saxe et al. 2014), biases 0
    /// except an LSTM's forget gate, whose two biases add up to 1 (Jozefowicz et al. 2015); embeddings standard normal. The orthogonal
    /// matrices take time cubic in the units: some seconds for each layer of 1024; <see cref="PyTorch"/> is quick at any size.
    /// </summary>
    GlorotOrthogonal,

    /// <summary>PyTorch's rule: everything uniform in ±1/√hidden (linear: ±1/√inputs), embeddings standard normal.</summary>
    PyTorch,
}
