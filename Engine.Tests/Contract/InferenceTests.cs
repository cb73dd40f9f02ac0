using System.Runtime.CompilerServices;
using Engine.Tests.Support;
using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>What a model made by ForInference keeps, gives and refuses.</summary>
internal sealed class InferenceTests
{
    private static readonly ModelSpec Spec = ModelSpec.Input(3).Lstm(20).Gru(9).Linear(2);

    private static IEnumerable<WeightFormat> Formats => Enum.GetValues<WeightFormat>();

    private static IEnumerable<WeightFormat> SmallerFormats => Formats.Where(format => format != WeightFormat.Float32);

    [TestCaseSource(nameof(Formats))]
    public void It_has_the_same_description_and_notes(WeightFormat format)
    {
        using SequenceModel model = Models.Create(Spec, 1);
        model.Metadata["scale"] = "2";
        using SequenceModel small = model.ForInference(new InferenceOptions { Weights = format });
        model.Metadata["scale"] = "3";

        Assert.That(small.Spec, Is.EqualTo(Spec));
        Assert.That(small.WeightFormat, Is.EqualTo(format));
        Assert.That(model.WeightFormat, Is.EqualTo(WeightFormat.Float32));
        Assert.That(small.ParameterCount, Is.EqualTo(model.ParameterCount));
        Assert.That(small.Parameters.Select(p => p.Name), Is.EqualTo(model.Parameters.Select(p => p.Name)));
        Assert.That(small.Metadata["scale"], Is.EqualTo("2"));
    }

    [TestCaseSource(nameof(SmallerFormats))]
    public void Only_the_recurrent_matrices_change(WeightFormat format)
    {
        using SequenceModel model = Models.Create(ModelSpec.Tokens(5).Embedding(3).Lstm(20).Linear(2), 1);
        using SequenceModel small = model.ForInference(new InferenceOptions { Weights = format });
        for (int i = 0; i < model.Parameters.Count; i++)
        {
            ParameterInfo parameter = model.Parameters[i];
            bool matrix = parameter.Name.StartsWith("lstm.weight", StringComparison.Ordinal);
            Assert.That(
                Models.Get(small, small.Parameters[i]),
                matrix ? Is.Not.EqualTo(Models.Get(model, parameter)) : Is.EqualTo(Models.Get(model, parameter)), parameter.Name);
        }
    }

    [TestCaseSource(nameof(Formats))]
    public void It_does_not_follow_the_first_model_nor_keep_it_alive(WeightFormat format)
    {
        (SequenceModel small, WeakReference first, float[] before) = Make(format);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.That(first.IsAlive, Is.False);
        Assert.That(Models.AllParameters(small), Is.EqualTo(before));
        small.Dispose();
    }

    [TestCase(WeightFormat.BFloat16, 0.5)]
    [TestCase(WeightFormat.Int8, 0.25)]
    public void It_takes_less_memory(WeightFormat format, double share)
    {
        using SequenceModel model = Models.Create(ModelSpec.Input(256).Lstm(256), 1);
        using SequenceModel small = model.ForInference(new InferenceOptions { Weights = format });
        Assert.That((double)small.Weights.Length / model.Weights.Length, Is.EqualTo(share).Within(0.02));
    }

    [TestCaseSource(nameof(Formats))]
    public void It_only_runs(WeightFormat format)
    {
        using SequenceModel model = Models.Create(Spec, 1);
        using SequenceModel small = model.ForInference(new InferenceOptions { Weights = format });
        float[] before = Models.AllParameters(small);
        string file = Path.Combine(TestContext.CurrentContext.WorkDirectory, $"{Guid.NewGuid():N}.safetensors");

        Refused(() => small.SetParameter("linear.bias", [1, 2]), "SetParameter");
        Refused(() => small.Save(file), "Save");
        Refused(() => small.ForInference(new()), "ForInference");
        Refused(() => _ = new Trainer(small, new() { SequenceLength = 1, BatchSize = 1 }), "Trainer");
        Assert.That(File.Exists(file), Is.False);
        Assert.That(Models.AllParameters(small), Is.EqualTo(before));

        void Refused(Action call, string what) =>
            BadCall.AssertThrows(call, typeof(NotSupportedException), what, "ForInference", format.ToString(), "expected the model it was made of");
    }

    [Test]
    public void Wrong_options_are_refused()
    {
        using SequenceModel model = Models.Create(Spec, 1);
        BadCall.AssertThrows(() => model.ForInference(null!), typeof(ArgumentNullException), "options");
        BadCall.AssertThrows(
            () => model.ForInference(new() { Weights = (WeightFormat)77 }), typeof(ArgumentOutOfRangeException), "Weights is 77", "BFloat16");
        model.Dispose();
        BadCall.AssertThrows(() => model.ForInference(new()), typeof(ObjectDisposedException));
    }

    [Test]
    public void Comparing_measures_the_difference()
    {
        using SequenceModel model = Linear(weight: 2);
        using SequenceModel other = Linear(weight: 1.5f);

        // Outputs 2, −4, 0 and 1.5, −3, 0.
        OutputDifference difference = model.CompareOutputs(other, [1f, -2f, 0f]);
        Assert.That(difference.LargestAbsolute, Is.EqualTo(1));
        Assert.That(difference.RootMeanSquare, Is.EqualTo(Math.Sqrt(1.25 / 3)).Within(1e-12));
        Assert.That(difference.Relative, Is.EqualTo(0.25).Within(1e-12));
        Assert.That(model.CompareOutputs(model, [1f, -2f]), Is.EqualTo(default(OutputDifference)));
        Assert.That(model.CompareOutputs(other, [0f]), Is.EqualTo(default(OutputDifference)));
        Assert.That(Linear(weight: 0).CompareOutputs(other, [1f]).Relative, Is.EqualTo(double.PositiveInfinity));
        Assert.That(model.CompareOutputs(other, [1f, float.NaN]), Is.EqualTo(new OutputDifference(double.NaN, double.NaN, double.NaN)));
    }

    [Test]
    public void Comparing_tokens_begins_at_zero([Values] bool lastStepOnly)
    {
        using SequenceModel model = Models.Create(ModelSpec.Tokens(7).Embedding(4).Gru(12).Linear(3, lastStepOnly), 1);
        using SequenceModel small = model.ForInference(new InferenceOptions { Weights = WeightFormat.Int8 });
        int[] tokens = Support.Numbers.Tokens(3, 20, 7);
        OutputDifference difference = model.CompareOutputs(small, tokens);
        Assert.That(difference.Relative, Is.GreaterThan(0).And.LessThan(0.05));
        Assert.That(model.CompareOutputs(small, tokens), Is.EqualTo(difference));
    }

    [Test]
    public void What_cannot_be_compared_is_refused()
    {
        using SequenceModel model = Models.Create(Spec, 1);
        using SequenceModel other = Models.Create(ModelSpec.Input(3).Lstm(20).Linear(2), 1);
        using SequenceModel disposed = Models.Create(Spec, 1);
        disposed.Dispose();
        BadCall.AssertThrows(() => model.CompareOutputs(null!, [1f, 2f, 3f]), typeof(ArgumentNullException), "other");
        BadCall.AssertThrows(() => model.CompareOutputs(other, [1f, 2f, 3f]), typeof(ArgumentException), other.Spec.ToString(), Spec.ToString());
        BadCall.AssertThrows(() => model.CompareOutputs(model, [1f, 2f]), typeof(ArgumentException), "x has 2 values", "multiple of 3");
        BadCall.AssertThrows(() => model.CompareOutputs(model, ReadOnlySpan<float>.Empty), typeof(ArgumentException), "x is empty");
        BadCall.AssertThrows(() => model.CompareOutputs(model, ReadOnlySpan<int>.Empty), typeof(ArgumentException), "tokens is empty");
        BadCall.AssertThrows(() => model.CompareOutputs(model, [1, 2, 3]), typeof(ArgumentException), "token ids came");
        using SequenceModel wide = Models.Create(ModelSpec.Input(1).Linear(1 << 20), 1);
        BadCall.AssertThrows(() => wide.CompareOutputs(wide, new float[4096]), typeof(ArgumentException), "x has 4096 steps", "at most 2047");
        BadCall.AssertThrows(() => model.CompareOutputs(disposed, [1f, 2f, 3f]), typeof(ObjectDisposedException));
    }

    // In a method of its own, so that no local of the test refers to the first model.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (SequenceModel Small, WeakReference First, float[] Before) Make(WeightFormat format)
    {
        SequenceModel model = Models.Create(Spec, 1);
        SequenceModel small = model.ForInference(new InferenceOptions { Weights = format });
        float[] before = Models.AllParameters(small);
        Models.Fill(model, 9);
        return (small, new WeakReference(model), before);
    }

    private static SequenceModel Linear(float weight)
    {
        SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Linear(1));
        model.SetParameter("linear.weight", [weight]);
        model.SetParameter("linear.bias", [0]);
        return model;
    }
}
