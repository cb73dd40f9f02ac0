using NUnit.Framework;
using static Engine.Tests.Contract.World;

namespace Engine.Tests.Contract;

/// <summary>
/// Every public entry refuses what it cannot use, says what came and what was expected, and changes nothing.
/// </summary>
[TestFixture]
internal sealed class BadInputTests
{
    private const int PerStep = Batch * Features;
    private const int Answer = Batch * Outputs;

    private static IEnumerable<BadCall> Inference =>
    [
        Wrong<ArgumentException>(
            "step: one value too few", w => w.Model.Step(w.State, new float[PerStep - 1], w.Y.AsSpan(0, Answer)), "x", "5", "6"),
        Wrong<ArgumentException>(
            "step: one value too many", w => w.Model.Step(w.State, new float[PerStep + 1], w.Y.AsSpan(0, Answer)), "x", "7", "6"),
        Wrong<ArgumentException>(
            "step: nothing", w => w.Model.Step(w.State, default(ReadOnlySpan<float>), w.Y.AsSpan(0, Answer)), "x", "0", "6"),
        Wrong<ArgumentException>(
            "step: short answer", w => w.Model.Step(w.State, new float[PerStep], w.Y.AsSpan(0, Answer - 1)), "y", "7", "8"),
        Wrong<ArgumentException>("step: long answer", w => w.Model.Step(w.State, new float[PerStep], w.Y), "y", "24", "8"),
        Wrong<ArgumentException>(
            "step: ids for numbers", w => w.Model.Step(w.State, new int[Batch], w.Y.AsSpan(0, Answer)), "token", "3 numeric features"),
        Wrong<ArgumentNullException>("step: no state", w => w.Model.Step(null!, new float[PerStep], w.Y.AsSpan(0, Answer)), "state"),
        Wrong<ArgumentException>(
            "step: foreign state", w => w.Model.Step(Foreign().State, new float[PerStep], w.Y.AsSpan(0, Answer)),
            "another model", "CreateState"),
        Wrong<ObjectDisposedException>(
            "step: disposed state", w => w.Model.Step(Disposed(w), new float[PerStep], w.Y.AsSpan(0, Answer)), "StreamState"),
        Wrong<ArgumentException>(
            "run: no whole step", w => w.Model.Run(w.State, new float[(Steps * PerStep) - 1], w.Y), "x", "17", "multiple of 6"),
        Wrong<ArgumentException>(
            "run: short answer", w => w.Model.Run(w.State, new float[Steps * PerStep], w.Y.AsSpan(1)), "y", "23", "24"),
        Wrong<ArgumentException>("run: answer without steps", w => w.Model.Run(w.State, default(ReadOnlySpan<float>), w.Y), "y", "24", "0"),
        Wrong<ArgumentException>(
            "run: ids for numbers", w => w.Model.Run(w.State, new int[Batch], w.Y.AsSpan(0, Answer)), "token", "3 numeric features"),
        Wrong<ArgumentNullException>("run: no state", w => w.Model.Run(null!, new float[Steps * PerStep], w.Y), "state"),
        Wrong<ArgumentException>("run: foreign state", w => w.Model.Run(Foreign().State, new float[Steps * PerStep], w.Y), "another model"),
        Wrong<ObjectDisposedException>(
            "run: disposed state", w => w.Model.Run(Disposed(w), new float[Steps * PerStep], w.Y), "StreamState"),
        Tokens<ArgumentException>(
            "step: numbers for ids", w => w.Model.Step(w.State, new float[Batch], w.Y.AsSpan(0, Answer)), "numbers came", "token ids"),
        Tokens<ArgumentException>("step: an id too few", w => w.Model.Step(w.State, [1], w.Y.AsSpan(0, Answer)), "tokens", "1", "2"),
        Tokens<ArgumentException>(
            "step: negative id", w => w.Model.Step(w.State, [1, -1], w.Y.AsSpan(0, Answer)), "-1", "index 1", "0 to 10"),
        Tokens<ArgumentException>(
            "step: id = vocabulary", w => w.Model.Step(w.State, [Vocabulary, 1], w.Y.AsSpan(0, Answer)), "11", "index 0", "0 to 10"),
        Tokens<ArgumentException>("step: short answer", w => w.Model.Step(w.State, [1, 2], w.Y.AsSpan(0, 3)), "y", "3", "8"),
        Tokens<ArgumentException>(
            "run: numbers for ids", w => w.Model.Run(w.State, new float[Batch], w.Y.AsSpan(0, Answer)), "numbers came", "token ids"),
        Tokens<ArgumentException>(
            "run: bad id in the last step", w => w.Model.Run(w.State, [1, 2, 3, 4, 5, int.MaxValue], w.Y), "2147483647", "index 5"),
        Tokens<ArgumentException>("run: no whole step", w => w.Model.Run(w.State, [1, 2, 3], w.Y), "tokens", "3", "multiple of 2"),
        Tokens<ArgumentException>("run: short answer", w => w.Model.Run(w.State, [1, 2], w.Y), "y", "24", "8"),
    ];

    private static IEnumerable<BadCall> State =>
    [
        Wrong<ArgumentOutOfRangeException>("batch 0", w => w.Model.CreateState(0), "batchSize is 0", "1 to"),
        Wrong<ArgumentOutOfRangeException>("batch -1", w => w.Model.CreateState(-1), "batchSize is -1", "1 to"),
        Wrong<ArgumentOutOfRangeException>("gigantic batch", w => w.Model.CreateState(int.MaxValue), "batchSize is 2147483647", "1 to"),
        Wrong<ArgumentOutOfRangeException>("row -1", w => w.State.ResetRow(-1), "row is -1", "0 to 1"),
        Wrong<ArgumentOutOfRangeException>("row = batch", w => w.State.ResetRow(Batch), "row is 2", "0 to 1"),
        Wrong<ArgumentException>("short snapshot", w => w.State.Restore(new float[29]), "snapshot", "29", "30"),
        Wrong<ArgumentException>("no room for the snapshot", w => w.State.Save(w.Y.AsSpan(0, 5)), "snapshot", "5", "30"),
        Wrong<ArgumentNullException>("copy to nothing", w => w.State.CopyTo(null!), "other"),
        Wrong<ArgumentException>("copy to a foreign state", w => w.State.CopyTo(Foreign().State), "another model"),
        Wrong<ArgumentException>("copy to another batch", w => w.State.CopyTo(w.Model.CreateState(5)), "batch size 5", "expected 2"),
        Wrong<ObjectDisposedException>("copy to a disposed state", w => w.State.CopyTo(Disposed(w)), "StreamState"),
        Wrong<ArgumentOutOfRangeException>("hidden of layer -1", w => w.State.GetHidden(-1, w.Y), "layer is -1", "2 recurrent"),
        Wrong<ArgumentOutOfRangeException>("hidden of layer 2", w => w.State.SetHidden(2, w.Y), "layer is 2", "2 recurrent"),
        Wrong<ArgumentOutOfRangeException>("size of layer 2", w => w.State.HiddenSize(2), "layer is 2", "2 recurrent"),
        Wrong<ArgumentOutOfRangeException>("cell of layer 2?", w => w.State.HasCell(2), "layer is 2", "2 recurrent"),
        Wrong<ArgumentException>("short hidden", w => w.State.GetHidden(0, w.Y.AsSpan(0, 9)), "h has 9", "10"),
        Wrong<ArgumentException>("long hidden", w => w.State.SetHidden(0, w.Y), "h has 24", "10"),
        Wrong<ArgumentException>("short cell", w => w.State.GetCell(0, w.Y.AsSpan(0, 9)), "c has 9", "10"),
        Wrong<ArgumentException>("long cell", w => w.State.SetCell(0, w.Y), "c has 24", "10"),
        Wrong<ArgumentException>("cell of a GRU", w => w.State.GetCell(1, w.Y.AsSpan(0, 10)), "layer 1", "no cell"),
        Wrong<ArgumentException>("set cell of a GRU", w => w.State.SetCell(1, w.Y.AsSpan(0, 10)), "layer 1", "no cell"),
    ];

    private static IEnumerable<BadCall> Weights =>
    [
        Wrong<ArgumentNullException>("get: no name", w => w.Model.GetParameter(null!, w.Y), "name"),
        Wrong<ArgumentException>(
            "get: unknown name", w => w.Model.GetParameter("lstm.weight", w.Y), "lstm.weight", "lstm.weight_ih_l0", "linear.bias"),
        Wrong<ArgumentException>("get: wrong length", w => w.Model.GetParameter("linear.bias", w.Y), "24", "4", "linear.bias"),
        Wrong<ArgumentNullException>("set: no name", w => w.Model.SetParameter(null!, w.Y), "name"),
        Wrong<ArgumentException>("set: unknown name", w => w.Model.SetParameter("", w.Y), "linear.bias"),
        Wrong<ArgumentException>("set: wrong length", w => w.Model.SetParameter("linear.weight", new float[21]), "21", "20", "[4, 5]"),
        Wrong<ArgumentException>("set: NaN", w => w.Model.SetParameter("linear.bias", [1, 2, float.NaN, 4]), "NaN", "index 2"),
        Wrong<ArgumentException>(
            "set: infinity", w => w.Model.SetParameter("linear.bias", [1, 2, 3, float.NegativeInfinity]), "-Infinity", "index 3"),
        Wrong<ArgumentException>("gradient: unknown name", w => w.Trainer.GetGradient("bias", w.Y), "bias", "linear.bias"),
        Wrong<ArgumentException>("gradient: wrong length", w => w.Trainer.GetGradient("linear.bias", w.Y), "24", "4"),
        Wrong<ArgumentNullException>("gradient: no name", w => w.Trainer.GetGradient(null!, w.Y), "name"),
        Wrong<ArgumentException>("initial hidden gradient: length", w => w.Trainer.GetInitialHiddenGradient(0, w.Y), "dh has 24", "10"),
        Wrong<ArgumentOutOfRangeException>(
            "initial hidden gradient: layer", w => w.Trainer.GetInitialHiddenGradient(2, w.Y), "layer is 2", "2 recurrent"),
        Wrong<ArgumentException>("initial cell gradient: length", w => w.Trainer.GetInitialCellGradient(0, w.Y), "dc has 24", "10"),
        Wrong<ArgumentException>("initial cell gradient: a GRU's", w => w.Trainer.GetInitialCellGradient(1, w.Y), "layer 1", "no cell"),
        Wrong<InvalidOperationException>(
            "input gradient not asked for", w => _ = w.Trainer.InputGradient.Length, "TrainerOptions.InputGradient"),
        Wrong<ArgumentOutOfRangeException>("learning rate 0", w => w.Trainer.LearningRate = 0, "LearningRate is 0", "above 0"),
        Wrong<ArgumentOutOfRangeException>("learning rate NaN", w => w.Trainer.LearningRate = double.NaN, "LearningRate is NaN"),
        Wrong<ArgumentOutOfRangeException>(
            "learning rate infinite", w => w.Trainer.LearningRate = double.PositiveInfinity, "LearningRate is"),
    ];

    private static IEnumerable<BadCall> Pool =>
    [
        Wrong<ArgumentNullException>("pool: no model", w => _ = new StreamStatePool(null!), "model"),
        Wrong<ArgumentOutOfRangeException>("pool: batch 0", w => _ = new StreamStatePool(w.Model, 0), "batchSize is 0"),
        Wrong<ArgumentOutOfRangeException>("pool: retained -1", w => _ = new StreamStatePool(w.Model, 1, -1), "-1"),
        Wrong<ArgumentNullException>("pool: return nothing", w => new StreamStatePool(w.Model).Return(null!), "state"),
        Wrong<ArgumentException>("pool: foreign state", w => new StreamStatePool(w.Model, Batch).Return(Foreign().State), "another model"),
        Wrong<ArgumentException>(
            "pool: another batch", w => new StreamStatePool(w.Model, 3).Return(w.State), "batch size 2", "batch size 3"),
        Wrong<ObjectDisposedException>("pool: disposed state", w => new StreamStatePool(w.Model, Batch).Return(Disposed(w)), "StreamState"),
    ];

    private static IEnumerable<BadCall> Everything => [.. Inference, .. State, .. Weights, .. Pool];

    [TestCaseSource(nameof(Everything))]
    public void Is_refused(BadCall bad) => bad.AssertRefused();

    [TestCase(1, 3, 0, true)]
    [TestCase(3, 3, 0, true)]
    [TestCase(3, 1, 0, false)]
    [TestCase(3, 3, 1, false)]
    [TestCase(3, 3, -1, false)]
    public void Outputs_over_inputs_are_right_or_refused(int outputs, int features, int offset, bool allowed)
    {
        const int Steps = 100;
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(features).Gru(outputs));
        float[] x = Numbers.Draw(new Random(1), Steps * features);
        float[] expected = new float[Steps * outputs];
        using StreamState apart = model.CreateState();
        model.Run(apart, x, expected);

        using StreamState over = model.CreateState();
        float[] memory = new float[(Steps * Math.Max(outputs, features)) + 2];
        x.CopyTo(memory.AsSpan(1));
        void Run() => model.Run(over, memory.AsSpan(1, x.Length), memory.AsSpan(1 + offset, expected.Length));
        if (!allowed)
        {
            Assert.That(Run, Throws.ArgumentException.With.Message.Contains("overlaps"));
            return;
        }

        Run();
        Assert.That(memory[1..(1 + expected.Length)], Is.EqualTo(expected).AsCollection);
    }

    private static BadCall Wrong<TException>(string name, Action<World> call, params string[] words)
        where TException : Exception =>
        BadCall.Of<TException>(name, static () => new World(tokens: false, Loss.MeanSquaredError), call, words);

    private static BadCall Tokens<TException>(string name, Action<World> call, params string[] words)
        where TException : Exception =>
        BadCall.Of<TException>("tokens, " + name, static () => new World(tokens: true, Loss.CrossEntropy), call, words);

    private static World Foreign() => new(tokens: false, Loss.MeanSquaredError);

    private static StreamState Disposed(World world)
    {
        StreamState state = world.Model.CreateState(Batch);
        state.Dispose();
        return state;
    }
}
