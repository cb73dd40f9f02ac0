using FsCheck;
using FsCheck.Fluent;
using Microsoft.FSharp.Core;

namespace Engine.Tests.Interop;

/// <summary>Random cases, the same in every run.</summary>
internal static class Property
{
    public static void Holds<T>(Gen<T> cases, int count, Func<T, bool> holds)
    {
        var replay = new Replay(new Rnd(20240229, 1), FSharpOption<int>.None);
        Config config = Config.QuickThrowOnFailure.WithMaxTest(count).WithReplay(FSharpOption<Replay>.Some(replay));
        FsCheck.Check.One(config, Prop.ForAll(cases.ToArbitrary(), holds));
    }
}
