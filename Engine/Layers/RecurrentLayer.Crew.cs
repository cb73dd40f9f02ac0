using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Layout;
using Engine.Threads;

namespace Engine.Layers;

/// <content>
/// The same passes shared by a crew. The rows of a batch never meet, so with enough of them each thread takes some through many
/// time steps. With few, each takes some units of every row, step by step, since the next step needs them all.
/// </content>
internal abstract unsafe partial class RecurrentLayer<S, V>
{
    // Rows each thread should have: fewer, and every weight that is loaded serves too few of them.
    private const int RowsPerThread = 8;

    // Multiply-adds between two meetings, about 100 µs: long beside meeting, short beside what a caller would wait for.
    private const long WorkPerMeeting = 6_000_000;

    // Chunks of a time step for each thread, so that one who comes late takes fewer.
    private const int ChunksPerThread = 4;

    /// <summary>Units at whose multiples a range for the step kernel may begin.</summary>
    protected virtual int StripUnits => 4 * Sizes.Block;

    private bool SharesRows(int batch, Crew crew) => batch >= RowsPerThread * crew.Threads && crew.IsWorth(batch * HiddenLayout.Length);

    private void ForwardShared(in ForwardPass pass, Crew crew)
    {
        if (SharesRows(pass.Batch, crew)) ForwardByRows(pass, crew);
        else ForwardByUnits(pass, crew);
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void StepAlone(in StepOperands step, long work, Crew? crew)
    {
        if (crew is null || !crew.IsWorth(work))
        {
            StepAlone(step);
            return;
        }

        int units = UnitsPerChunk(StripUnits, crew);
        var job = new StepJob { Step = step, Units = units };
        crew.Run(this, &StepUnits, &job, Chunks(PaddedHidden, units));
    }

    private static void StepUnits(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly StepJob job = ref *(StepJob*)work;
        self.StepAlone(job.Step with { Units = self.UnitsOf(chunk, job.Units) });
    }

    private void ForwardByRows(in ForwardPass pass, Crew crew)
    {
        int rows = (pass.Batch + crew.Threads - 1) / crew.Threads;
        int steps = StepsPerMeeting(rows, pass.Steps);
        fixed (ForwardPass* forward = &pass)
        {
            var job = new RowsJob { Forward = forward, Rows = rows };
            for (; job.First < pass.Steps; job.First = job.End)
            {
                job.End = Math.Min(job.First + steps, pass.Steps);
                crew.Run(this, &ForwardRows, &job, Chunks(pass.Batch, rows));
            }
        }
    }

    private static void ForwardRows(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly RowsJob job = ref *(RowsJob*)work;
        ref readonly ForwardPass pass = ref *job.Forward;
        int first = chunk * job.Rows;
        int rows = Math.Min(job.Rows, pass.Batch - first);
        for (int t = job.First; t < job.End; t++)
        {
            StepRows step = StepOf(pass, t).Slice(first, rows);
            self.Begin(step, self._allUnits);
            self.Finish(step, self._allUnits, pass.Record);
        }
    }

    private void BackwardByRows(in BackwardPass pass, int from, Crew crew)
    {
        int batch = pass.Forward.Batch;
        int rows = (batch + crew.Threads - 1) / crew.Threads;
        int steps = StepsPerMeeting(rows, pass.Forward.Steps);
        fixed (BackwardPass* backward = &pass)
        {
            var job = new RowsJob { Backward = backward, Rows = rows, End = pass.Forward.Steps };
            for (; job.End > from; job.End = job.First)
            {
                job.First = Math.Max(job.End - steps, from);
                crew.Run(this, &BackwardRows, &job, Chunks(batch, rows));
            }
        }
    }

    private static void BackwardRows(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly RowsJob job = ref *(RowsJob*)work;
        ref readonly BackwardPass pass = ref *job.Backward;
        int first = chunk * job.Rows;
        int rows = Math.Min(job.Rows, pass.Forward.Batch - first);
        for (int t = job.End - 1; t >= job.First; t--)
            self.BackwardStep(StepOf(pass.Forward, t).Slice(first, rows), GradientsOf(pass, t).Slice(first));
    }

    private void ForwardByUnits(in ForwardPass pass, Crew crew)
    {
        int units = UnitsPerChunk(HiddenLayout.PanelUnits, crew);
        int chunks = Chunks(PaddedHidden, units);
        var job = new UnitsJob { Record = pass.Record, Units = units };
        for (int t = 0; t < pass.Steps; t++)
        {
            job.Step = StepOf(pass, t);
            if (ChangesHidden) crew.Run(this, &BeginUnits, &job, chunks);
            crew.Run(this, &ForwardUnits, &job, chunks);
        }
    }

    private void PrepareShared(in StepRows step, Crew crew)
    {
        int units = UnitsPerChunk(HiddenLayout.PanelUnits, crew);
        var job = new UnitsJob { Step = step, Units = units };
        crew.Run(this, &PrepareUnits, &job, Chunks(PaddedHidden, units));
    }

    private int UnitsPerChunk(int smallest, Crew crew)
    {
        int units = Math.Max(1, Chunks(PaddedHidden, smallest) / (ChunksPerThread * crew.Threads)) * smallest;
        while (Chunks(PaddedHidden, units) > Board.MostChunks) units *= 2;
        return units;
    }

    private static void PrepareUnits(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly UnitsJob job = ref *(UnitsJob*)work;
        self.MultiplyHidden(job.Step, self.UnitsOf(chunk, job.Units));
    }

    private static void BeginUnits(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly UnitsJob job = ref *(UnitsJob*)work;
        self.Begin(job.Step, self.UnitsOf(chunk, job.Units));
    }

    private static void ForwardUnits(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly UnitsJob job = ref *(UnitsJob*)work;
        UnitRange units = self.UnitsOf(chunk, job.Units);
        if (!self.ChangesHidden) self.Begin(job.Step, units);
        self.Finish(job.Step, units, job.Record);
    }

    private UnitRange UnitsOf(int chunk, int units) => new(chunk * units, Math.Min((chunk + 1) * units, PaddedHidden));

    private int StepsPerMeeting(int rows, int steps) => (int)Math.Clamp(WorkPerMeeting / (rows * HiddenLayout.Length), 1, Math.Max(1, steps));

    private static int Chunks(int count, int size) => (count + size - 1) / size;

    // Steps from First to End of all rows, Rows to a chunk.
    private struct RowsJob
    {
        public ForwardPass* Forward;
        public BackwardPass* Backward;
        public int Rows;
        public int First;
        public int End;
    }

    // One step of one stream, Units to a chunk.
    private struct StepJob
    {
        public StepOperands Step;
        public int Units;
    }

    // One step of all rows, Units to a chunk.
    private struct UnitsJob
    {
        public StepRows Step;
        public bool Record;
        public int Units;
    }
}
