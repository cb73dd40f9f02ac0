using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Training;

/// <summary>
/// Our gradients in floats against central differences of a loss of the double-precision reference, variable by variable. The
/// reference is so exact that what remains is our own rounding.
/// </summary>
internal sealed class GradientCheck
{
    private const double Difference = 1e-5;

    // Of the tensor's largest gradient.
    private const double Tolerance = 2e-6;

    // What the differences themselves have lost, where all gradients of a tensor are tiny.
    private const double Floor = 2e-10;

    private readonly ReferenceModel _reference;
    private readonly Func<double[], double> _loss;
    private readonly double[][] _hidden;
    private readonly double[][] _cell;
    private readonly double[] _x;
    private readonly int _batch;

    // The largest deviation met, as a part of the largest gradient of its tensor.
    private double _worst;

    /// <param name="model">The model, its weights as they were when the gradients were taken.</param>
    /// <param name="state">The initial states.</param>
    /// <param name="x">Inputs [T, B, features], or ids.</param>
    /// <param name="loss">From the reference's outputs.</param>
    public GradientCheck(SequenceModel model, StreamState state, double[] x, Func<double[], double> loss)
    {
        _reference = ReferenceModel.Of(model);
        _reference.TakeState(state);
        _hidden = [.. _reference.Hidden];
        _cell = [.. _reference.Cell];
        _x = x;
        _batch = state.BatchSize;
        _loss = loss;
        Loss();
    }

    /// <summary>See <see cref="ReferenceModel.NearestToKink"/>.</summary>
    public double NearestToKink => _reference.NearestToKink;

    /// <summary>The reference's loss.</summary>
    public double Loss()
    {
        _reference.Begin(_hidden, _cell);
        return _loss(_reference.Run(_batch, _x));
    }

    /// <summary>Compares the gradients of all parameters and initial states, and if the trainer has them, of the inputs.</summary>
    public void Compare(Trainer trainer, bool inputs)
    {
        for (int i = 0; i < trainer.Model.Parameters.Count; i++)
        {
            ParameterInfo parameter = trainer.Model.Parameters[i];
            Compare(parameter.Name, _reference.Parameters[i], Models.Gradient(trainer, parameter));
        }

        for (int layer = 0; layer < _hidden.Length; layer++)
        {
            float[] gradient = new float[_hidden[layer].Length];
            trainer.GetInitialHiddenGradient(layer, gradient);
            Compare($"h0 of layer {layer}", _hidden[layer], gradient);
            if (_cell[layer].Length == 0) continue;
            trainer.GetInitialCellGradient(layer, gradient);
            Compare($"c0 of layer {layer}", _cell[layer], gradient);
        }

        if (inputs) Compare("inputs", _x, trainer.InputGradient.ToArray());
        TestContext.Out.WriteLine($"at most {_worst:E1} of a tensor's largest gradient");
    }

    private void Compare(string what, double[] variables, float[] ours)
    {
        Assert.That(ours, Has.Length.EqualTo(variables.Length), what);
        double[] truth = [.. Enumerable.Range(0, variables.Length).Select(i => Slope(variables, i))];
        double largest = truth.Max(Math.Abs);
        for (int i = 0; i < truth.Length; i++)
        {
            double error = Math.Abs(ours[i] - truth[i]);
            if (!(error <= (Tolerance * largest) + Floor))
                Assert.Fail($"gradient of {what}, value {i}: {ours[i]:R}; differences give {truth[i]:R}, the largest is {largest:R}.");
            if (largest > 1e-3) _worst = Math.Max(_worst, error / largest);
        }
    }

    private double Slope(double[] variables, int i)
    {
        double value = variables[i];
        variables[i] = value + Difference;
        double above = Loss();
        variables[i] = value - Difference;
        double below = Loss();
        variables[i] = value;
        return (above - below) / (2 * Difference);
    }
}
