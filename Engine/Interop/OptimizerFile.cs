using System.Globalization;
using Engine.Layers;
using Engine.Memory;

namespace Engine.Interop;

/// <summary>What an optimizer's file holds, checked whole.</summary>
/// <param name="First">The first moment of every tensor, in the model's order.</param>
/// <param name="Second">The second moments, none below 0.</param>
/// <param name="Steps">Updates made.</param>
/// <param name="LearningRate">The learning rate.</param>
internal sealed record OptimizerContent(float[][] First, float[][] Second, long Steps, double LearningRate);

/// <summary>
/// The file of Adam's state: for every tensor of the model <c>name.exp_avg</c> and <c>name.exp_avg_sq</c>, PyTorch's words, and in <c>__metadata__</c> the
/// number of updates and the learning rate.
/// </summary>
internal static class OptimizerFile
{
    private const string First = ".exp_avg";
    private const string Second = ".exp_avg_sq";
    private const string StepsKey = "engine.adam.steps";
    private const string LearningRateKey = "engine.adam.learning_rate";

    /// <param name="path">The file.</param>
    /// <param name="model">The model that is trained.</param>
    /// <param name="first">First moments, packed as the weights are.</param>
    /// <param name="second">Second moments.</param>
    /// <param name="steps">Updates made.</param>
    /// <param name="learningRate">The learning rate.</param>
    public static void Save(string path, SequenceModel model, AlignedBuffer first, AlignedBuffer second, long steps, double learningRate)
    {
        KeyValuePair<string, string>[] metadata =
        [
            new(StepsKey, steps.ToString(CultureInfo.InvariantCulture)),
            new(LearningRateKey, learningRate.ToString("R", CultureInfo.InvariantCulture)),
        ];
        ParameterInfo[] tensors = [.. Of(model, First), .. Of(model, Second)];
        int count = model.PackedParameters.Count;
        SafetensorsWriter.Write(
            path, metadata, tensors, (i, values) => model.PackedParameters[i % count].Unpack((i < count ? first : second).Span, values));
    }

    /// <summary>Reads a file that fits a model.</summary>
    public static OptimizerContent Read(string path, SequenceModel model)
    {
        using SafetensorsFile file = SafetensorsFile.Read(path);
        if (!file.Metadata.TryGetValue(StepsKey, out string? stepsText) || !file.Metadata.TryGetValue(LearningRateKey, out string? rateText))
            throw file.Broken($"has no {StepsKey} or no {LearningRateKey} in its metadata; expected what Trainer.SaveOptimizer writes");
        if (!long.TryParse(stepsText, NumberStyles.None, CultureInfo.InvariantCulture, out long steps))
            throw file.Broken($"{StepsKey} is {Quoted.Text(stepsText)}; expected a number of updates");
        if (!double.TryParse(rateText, NumberStyles.Float, CultureInfo.InvariantCulture, out double rate) || !Check.IsLearningRate(rate))
            throw file.Broken($"{LearningRateKey} is {Quoted.Text(rateText)}; expected a learning rate above 0, at most 1e20");

        WantedTensor[] wanted = [.. Of(model, First).Concat(Of(model, Second)).Select(tensor => new WantedTensor(tensor.Name, tensor.Shape))];
        WantedTensors.Check(file, wanted);
        float[][] values = WantedTensors.Read(file, wanted);
        int count = model.PackedParameters.Count;
        for (int i = count; i < values.Length; i++)
        {
            int bad = values[i].AsSpan().IndexOfAnyExceptInRange(0f, float.MaxValue);
            if (bad >= 0) throw file.Broken($"tensor {Quoted.Text(wanted[i].Name)} holds {values[i][bad]} at index {bad}; expected mean squares, none below 0");
        }

        return new(values[..count], values[count..], steps, rate);
    }

    private static IEnumerable<ParameterInfo> Of(SequenceModel model, string moment) =>
        model.Parameters.Select(parameter => new ParameterInfo(parameter.Name + moment, parameter.Shape));
}
