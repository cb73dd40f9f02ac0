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
    // A time step has some chunks for each thread, so that one who comes late takes fewer; but taking one moves the board's line of the
    // cache from core to core, so beyond one for each thread a chunk has at least so many multiply-adds.
    private const int ChunksPerThread = 4;
    private const long WorkPerChunk = 260_000;

    public sealed override bool SharesStep(in StepOperands step, Crew crew) =>
        crew.IsWorthLone(WorkOf(step)) && Split(step, crew).Chunks > 1 && !TakesAllAtOnce(step);

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public sealed override void StepShared(in StepOperands step, Crew crew)
    {
        UnitSplit units = Split(step, crew);
        fixed (StepOperands* operands = &step)
        {
            var job = new StepJob { Step = operands, Units = units };
            crew.Run(this, &StepUnits, &job, units.Chunks);
        }
    }

    /// <summary>Units at whose multiples a range for the step kernel may begin.</summary>
    protected virtual int StripUnits => StepsInWords ? 2 * Sizes.Block : Sizes.Block;

    private bool SharesRows(in ForwardPass pass, Crew crew) => SharedRows.Pay(pass.Batch, pass.Steps, HiddenLayout.Length, crew);

    private bool SharesUnits(int batch, Crew crew) =>
        _hasPanels && (batch == 1 ? crew.IsWorthLone(HiddenLayout.Length) : crew.IsWorth(batch * HiddenLayout.Length));

    private static void StepUnits(object? layer, void* work, int chunk)
    {
        ref readonly StepJob job = ref *(StepJob*)work;
        Unsafe.As<RecurrentLayer<S, V>>(layer!).StepAlone(*job.Step with { Units = job.Units.InTurn(chunk, job.Step->Reversed) });
    }

    private long WorkOf(in StepOperands step) => (step.Inputs > 0 ? InputLayout.Length : 0) + (step.Met > 0 ? 0 : HiddenLayout.Length);

    private UnitSplit Split(in StepOperands step, Crew crew) => Split(StripUnits, WorkOf(step), crew);

    private UnitSplit Split(int batch, Crew crew) => Split(HiddenLayout.PanelUnits, batch * HiddenLayout.Length, crew);

    private UnitSplit Split(int strip, long work, Crew crew) =>
        UnitSplit.For(crew.Threads, PaddedHidden, strip, work, WorkPerChunk, ChunksPerThread);

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
        UnitSplit units = Split(pass.Batch, crew);
        var job = new UnitsJob { Record = pass.Record, Units = units };
        for (int t = 0; t < pass.Steps; t++)
        {
            job.Step = StepOf(pass, t);
            job.Reversed = (t & 1) != 0;
            if (ChangesHidden) crew.Run(this, &BeginUnits, &job, units.Chunks);
            crew.Run(this, &ForwardUnits, &job, units.Chunks);
        }
    }

    private void PrepareShared(in StepRows step, Crew crew)
    {
        UnitSplit units = Split(step.Batch, crew);
        var job = new UnitsJob { Step = step, Units = units };
        crew.Run(this, &PrepareUnits, &job, units.Chunks);
    }

    private static void PrepareUnits(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly UnitsJob job = ref *(UnitsJob*)work;
        self.MultiplyHidden(job.Step, job.Units[chunk]);
    }

    private static void BeginUnits(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly UnitsJob job = ref *(UnitsJob*)work;
        self.Begin(job.Step, job.Units.InTurn(chunk, job.Reversed));
    }

    private static void ForwardUnits(object? layer, void* work, int chunk)
    {
        var self = Unsafe.As<RecurrentLayer<S, V>>(layer!);
        ref readonly UnitsJob job = ref *(UnitsJob*)work;
        UnitRange units = job.Units.InTurn(chunk, job.Reversed);
        if (!self.ChangesHidden) self.Begin(job.Step, units);
        self.Finish(job.Step, units, job.Record);
    }

    private int StepsPerMeeting(int rows, int steps) => SharedRows.StepsPerMeeting(rows, HiddenLayout.Length, steps);

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

    // One step of one stream.
    private struct StepJob
    {
        public StepOperands* Step;
        public UnitSplit Units;
    }

    // One step of all rows.
    private struct UnitsJob
    {
        public StepRows Step;
        public bool Record;
        public bool Reversed;
        public UnitSplit Units;
    }
}
