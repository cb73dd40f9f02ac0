using Engine.Demo.Shell;

namespace Engine.Demo.Tasks;

/// <summary>
/// Something to be learned: data drawn from a seed, a description of the model, a naive baseline and a picture of the result. The
/// shell runs every task the same way. One object per run, so that all cells meet the same data in the same order.
/// </summary>
internal abstract class DemoTask
{
    /// <summary>The word on the command line and in the tables.</summary>
    public abstract string Name { get; }

    /// <summary>The task on one line.</summary>
    public abstract string Title { get; }

    /// <summary>What the loss is called, with its unit.</summary>
    public abstract string LossName { get; }

    /// <summary>The cells that are tried where the user names none.</summary>
    public abstract IReadOnlyList<Cell> Cells { get; }

    /// <summary>Units of the recurrent layer where the user names none.</summary>
    public abstract int Hidden { get; }

    /// <summary>Training steps where the user names none.</summary>
    public abstract int Steps { get; }

    /// <summary>How the trainer is set up.</summary>
    public abstract TrainerOptions Training { get; }

    /// <summary>The naive answer to beat, judged on the same held-out data as the model.</summary>
    public abstract Baseline Baseline { get; }

    /// <summary>What no model can go below, where that is known.</summary>
    public virtual Baseline? Floor => null;

    /// <summary>Whether this cell stands beside the others only to show where it fails.</summary>
    public virtual bool IsContrast(Cell cell) => false;

    /// <summary>The model.</summary>
    public abstract ModelSpec Describe(Cell cell, int hidden);

    /// <summary>Draws the next batch and makes one training step on it. Allocates nothing.</summary>
    public abstract TrainingStep Train(Trainer trainer);

    /// <summary>The loss on held-out data.</summary>
    public abstract double Evaluate(SequenceModel model);

    /// <summary>Feeds the next sample of a stream, for measuring one step. Allocates nothing.</summary>
    public abstract void Stream(SequenceModel model, StreamState state, Span<float> output);

    /// <summary>What the trained model does on held-out data, as lines of markup of at most <paramref name="width"/> columns.</summary>
    public abstract IReadOnlyList<string> Picture(SequenceModel model, ChartStyle style, int width, int height);

    /// <summary>Whether the picture wants the full width rather than a place beside the loss curve.</summary>
    public virtual bool WidePicture => false;
}

/// <summary>A number to compare a loss with.</summary>
/// <param name="Name">Where it comes from.</param>
/// <param name="Loss">In the unit of the task's loss.</param>
internal sealed record Baseline(string Name, double Loss);
