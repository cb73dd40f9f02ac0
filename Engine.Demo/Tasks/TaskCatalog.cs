namespace Engine.Demo.Tasks;

/// <summary>All tasks, in the order in which they are shown.</summary>
internal static class TaskCatalog
{
    public static IReadOnlyList<TaskEntry> All { get; } =
    [
        new("sine", "forecast a noisy sum of sines one step ahead", seed => new SineTask(seed)),
        new("adding", "the adding problem: long-range memory of two numbers", seed => new AddingTask(seed)),
        new("recall", "recall a symbol after a delay full of distractors", seed => new RecallTask(seed)),
        new("text", "learn a small grammar character by character and write in it", seed => new TextTask(seed)),
    ];
}

/// <summary>A task that can be made from a seed.</summary>
internal sealed record TaskEntry(string Name, string Description, Func<ulong, DemoTask> Create);
