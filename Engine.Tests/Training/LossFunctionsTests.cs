using Engine.Kernels;
using Engine.Memory;
using Engine.Tests.Support;
using Engine.Training;
using NUnit.Framework;

namespace Engine.Tests.Training;

[Parallelizable(ParallelScope.All)]
internal sealed class LossFunctionsTests
{
    [Test]
    public void Mean_squared_error([Values(1, 7, 16, 33, 1000)] int count)
    {
        float[] y = Numbers.Values(1, count);
        float[] targets = Numbers.Values(2, count);
        float[] dy = new float[count];

        float loss = LossFunctions.MeanSquaredError(y, targets, dy);

        double mean = ReferenceLosses.MeanSquaredError(ReferenceModel.Doubles(y), targets);
        Assert.That((double)loss, Is.EqualTo(mean).Within(1e-6 * mean));
        for (int i = 0; i < count; i++)
        {
            double truth = 2 * ((double)y[i] - targets[i]) / count;
            Assert.That((double)dy[i], Is.EqualTo(truth).Within(2e-7 * Math.Abs(truth)), $"dy[{i}]");
        }
    }

    // Logits up to a size at which e^y alone would overflow.
    [Test]
    public void Cross_entropy(
        [ValueSource(typeof(Widths), nameof(Widths.All))] InstructionSet set,
        [Values(1, 2, 7, 16, 17, 50)] int outputs, [Values(1f, 30f, 1000f)] float scale)
    {
        const int Rows = 5;
        const int Ignored = -100;
        float[] y = Numbers.Values(outputs, Rows * outputs, scale);
        int[] classes = Numbers.Tokens(3, Rows, outputs);
        classes[2] = Ignored;
        float[] dy = new float[y.Length];

        var softmax = new AlignedBuffer((outputs + 15) / 16 * 16);
        float loss = LossFunctions.CrossEntropy(FlatKernels.For(set), y, classes, Ignored, softmax, dy);
        GC.KeepAlive(softmax);

        double truth = ReferenceLosses.CrossEntropy(ReferenceModel.Doubles(y), classes, Ignored);
        Assert.That((double)loss, Is.EqualTo(truth).Within((1e-6 * truth) + 1e-7));
        for (int row = 0; row < Rows; row++)
        {
            double[] logits = ReferenceModel.Doubles(y[(row * outputs)..((row + 1) * outputs)]);
            double[] exp = [.. logits.Select(logit => Math.Exp(logit - logits.Max()))];
            for (int j = 0; j < outputs; j++)
            {
                double gradient = classes[row] == Ignored ? 0 : ((exp[j] / exp.Sum()) - (classes[row] == j ? 1 : 0)) / (Rows - 1);
                Assert.That((double)dy[(row * outputs) + j], Is.EqualTo(gradient).Within(1e-7), $"row {row}, output {j}");
            }
        }
    }
}
