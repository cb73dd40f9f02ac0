using System.Runtime.CompilerServices;
using Engine.Kernels;
using Engine.Threads;

namespace Engine.Layers;

/// <content>
/// A batch shared by a crew: the rows never meet, so each thread takes some through all layers and many steps. With too few rows for
/// that the layers share their own work.
/// </content>
internal sealed unsafe partial class StreamMemory
{
    private int RowsOfThread => (_batch + _crew!.Threads - 1) / _crew.Threads;

    // Apart from Step, which would otherwise save registers for it that one stream's step has no use for.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private void StepByRows(int* tokens, Rows input, Span<float> y, long version)
    {
        // The answer is copied at the end: it may lie where other rows' inputs do.
        var job = new RowsJob { Tokens = tokens, Input = input, Steps = 1, Prepared = _preparedFor == version };
        ForgetPrepared();
        Share(ref job);
        PlannedFrom(1 - _newest)[^1].Pass.Output.CopyTo(y, _outputSize);
    }

    private void RunByRows(int steps, int* tokens, Rows input, Span<float> y)
    {
        if (steps == 0) return;
        int outputs = _layers[^1].OutputSize;
        bool eachStep = !_layers[^1].LastStepOnly;
        fixed (float* answer = y)
        {
            // Where outputs replace inputs, one thread's answers to a step could lie on what another has yet to read.
            bool apart = tokens != null || answer + y.Length <= input.Data || input.Data + (steps * _batch * input.Stride) <= answer;
            int most = apart ? SharedRows.StepsPerMeeting(RowsOfThread, _work, steps) : 1;
            var job = new RowsJob { Direct = eachStep && apart && WritesAnswers };
            for (int t = 0; t < steps; t += job.Steps)
            {
                int first = t * _batch;
                job.Steps = Math.Min(most, steps - t);
                job.SkipsAnswer = t + job.Steps < steps;
                job.Tokens = tokens == null ? null : tokens + first;
                job.Input = tokens == null ? input.From(first) : default;
                job.Answer = eachStep && apart ? new(answer + ((nint)first * outputs), outputs) : default;
                Share(ref job);
                if (eachStep && !apart) PlannedFrom(1 - _newest)[^1].Pass.Output.CopyTo(y.Slice(first * outputs, _batch * outputs), outputs);
            }
        }

        if (!eachStep) PlannedFrom(1 - _newest)[^1].Pass.Output.CopyTo(y, outputs);
    }

    private void Share(ref RowsJob job)
    {
        job.Newest = _newest;
        job.Rows = RowsOfThread;
        fixed (RowsJob* shared = &job) _crew!.Run(this, &RunRows, shared, (_batch + job.Rows - 1) / job.Rows);
        _newest = (_newest + job.Steps) & 1;
    }

    private static void RunRows(object? memory, void* work, int chunk)
    {
        var self = Unsafe.As<StreamMemory>(memory!);
        ref readonly RowsJob job = ref *(RowsJob*)work;
        Layer[] layers = self._layers;
        int first = chunk * job.Rows;
        int rows = Math.Min(job.Rows, self._batch - first);
        for (int t = 0; t < job.Steps; t++)
        {
            int newest = (job.Newest + t) & 1;
            int row = (t * self._batch) + first;
            Rows answer = job.Answer.From(row);
            PlannedStep[] planned = job.Prepared ? self.PreparedFrom(newest) : self.PlannedFrom(newest);
            for (int i = 0; i < layers.Length; i++)
            {
                // A layer that answers on the last step only is asked then.
                if (layers[i].LastStepOnly && (job.SkipsAnswer || t < job.Steps - 1)) continue;
                ForwardPass pass = planned[i].Pass.Slice(first, rows);
                if (i == 0)
                {
                    pass.Tokens = job.Tokens == null ? null : job.Tokens + row;
                    pass.Input = job.Tokens == null ? job.Input.From(row) : default;
                }

                if (job.Direct && i == layers.Length - 1)
                {
                    pass.Output = answer;
                    if (t > 0) pass.Hidden = job.Answer.From(row - self._batch);
                }

                layers[i].Forward(pass);
            }

            if (job.Answer.IsEmpty) continue;
            Rows output = planned[^1].Pass.Output.From(first);
            if (!job.Direct) Rows.Copy(output, answer, rows, self._outputSize);
            else if (t == job.Steps - 1) Rows.Copy(answer, output, rows, self._outputSize);
        }
    }

    // Some steps of all rows, Rows to a chunk.
    private struct RowsJob
    {
        public int* Tokens;
        public Rows Input;

        // Empty if nothing is answered yet.
        public Rows Answer;

        // Whether the last layer writes its answers itself, and reads its state there.
        public bool Direct;
        public int Steps;
        public int Rows;
        public int Newest;

        // Of a single step.
        public bool Prepared;

        // Whether later steps follow, so that a layer that answers on the last step only is not asked yet.
        public bool SkipsAnswer;
    }
}
