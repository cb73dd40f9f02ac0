using NUnit.Framework;

namespace Engine.Tests.Contract;

/// <summary>A call that has to be refused, with the type of its exception and words that its message has to contain.</summary>
internal sealed record BadCall(string Name, Func<World> Make, Action<World> Call, Type Expected, string[] Words)
{
    public static BadCall Of<TException>(string name, Func<World> make, Action<World> call, params string[] words)
        where TException : Exception => new(name, make, call, typeof(TException), words);

    public void AssertRefused()
    {
        using World world = Make();
        using World untouched = Make();
        int[] before = world.Bits();
        AssertThrows(() => Call(world), Expected, Words);
        Assert.That(world.Bits(), Is.EqualTo(before).AsCollection, "the refused call changed something");
        Assert.That(world.GoOn(), Is.EqualTo(untouched.GoOn()).AsCollection, "the work does not go on with the same bits");
    }

    public static void AssertThrows(Action call, Type expected, params string[] words)
    {
        Exception? error = Assert.Catch(() => call());
        Assert.That(error, Is.TypeOf(expected), $"{error}");
        foreach (string word in words) Assert.That(error!.Message, Does.Contain(word));
    }

    public override string ToString() => Name;
}
