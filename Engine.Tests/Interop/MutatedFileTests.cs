using FsCheck.Fluent;
using NUnit.Framework;

namespace Engine.Tests.Interop;

/// <summary>Whatever happens to a file, it loads as a sound model or is refused with <see cref="InvalidDataException"/>.</summary>
public class MutatedFileTests : FileTests
{
    private const long LittleMemory = 1 << 20;

    [Test]
    public void A_model_file_with_one_byte_changed()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(2).Lstm(2).Linear(1), seed: 1);
        model.Metadata["note"] = "é";
        model.Save(PathOf("m.safetensors"));

        Mutate("m.safetensors", LoadsSoundly);
    }

    [Test]
    public void A_state_file_with_one_byte_changed()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(2).Lstm(2).Gru(3), seed: 1);
        using StreamState state = model.CreateState();
        model.Step(state, [1f, 2f], new float[3]);
        state.Save(PathOf("s.safetensors"));

        Mutate("s.safetensors", path => RestoresSoundly(state, path));
    }

    [Test]
    public void A_model_file_cut_off_anywhere()
    {
        using SequenceModel model = SequenceModel.Create(ModelSpec.Input(1).Linear(1), seed: 1);
        model.Save(PathOf("m.safetensors"));
        byte[] bytes = File.ReadAllBytes(PathOf("m.safetensors"));

        for (int length = 0; length < bytes.Length; length++)
        {
            string path = Write("cut.safetensors", bytes[..length]);
            Assert.That(() => SequenceModel.Load(path), Throws.TypeOf<InvalidDataException>().With.Message.StartsWith(path), $"{length} bytes");
        }
    }

    private void Mutate(string name, Func<string, bool> isSound)
    {
        byte[] bytes = File.ReadAllBytes(PathOf(name));
        var mutations = Gen.Choose(0, bytes.Length - 1).Zip(Gen.Choose(0, 255), (place, value) => (place, value));
        int accepted = 0;
        int refused = 0;
        Property.Holds(mutations, 4000, mutation =>
        {
            byte[] mutated = [.. bytes];
            mutated[mutation.place] = (byte)mutation.value;
            string path = Write("mutated.safetensors", mutated);
            bool sound = true;
            long allocated = Allocated(() =>
            {
                try
                {
                    sound = isSound(path);
                    accepted++;
                }
                catch (InvalidDataException exception)
                {
                    sound = exception.Message.StartsWith($"{path}: ", StringComparison.Ordinal);
                    refused++;
                }
            });
            return sound && allocated < LittleMemory;
        });
        Assert.That(accepted, Is.GreaterThan(100), "mutations of weights load");
        Assert.That(refused, Is.GreaterThan(1000), "mutations of the header do not");
    }

    private static bool LoadsSoundly(string path)
    {
        using SequenceModel model = SequenceModel.Load(path);
        foreach (float weight in model.Weights.Span)
        {
            if (!float.IsFinite(weight)) return false;
        }

        return true;
    }

    // Restores it, and undoes that; a refused file must not have changed anything.
    private static bool RestoresSoundly(StreamState state, string path)
    {
        var before = new float[state.SnapshotLength];
        var after = new float[state.SnapshotLength];
        state.Save(before);
        try
        {
            state.Restore(path);
            state.Save(after);
            state.Restore(before);
            return after.All(float.IsFinite);
        }
        catch (InvalidDataException)
        {
            state.Save(after);
            if (!after.AsSpan().SequenceEqual(before)) return false;
            throw;
        }
    }
}
