using Engine.Interop;

namespace Engine;

public sealed unsafe partial class Trainer
{
    /// <summary>
    /// Writes what the optimizer knows to a safetensors file: Adam's moments (PyTorch's <c>exp_avg</c> and <c>exp_avg_sq</c>), <see cref="Steps"/> and
    /// <see cref="LearningRate"/>. Together with <see cref="SequenceModel.Save(string)"/> and, where <see cref="TrainerOptions.CarryState"/> is set,
    /// <see cref="StreamState.Save(string)"/> of <see cref="State"/>, training goes on later with the bits that it would have had without a break.
    /// </summary>
    /// <param name="path">The file; an old one is replaced once the new one is complete.</param>
    /// <exception cref="InvalidOperationException">A moment is not finite, so the file could not be restored.</exception>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file or its folder must not be written.</exception>
    /// <exception cref="ObjectDisposedException">The trainer or its model is disposed.</exception>
    public void SaveOptimizer(string path)
    {
        ThrowIfDisposed();
        OptimizerFile.Save(path, Model, _optimizer.FirstMoments, _optimizer.SecondMoments, Steps, _learningRate);
    }

    /// <summary>Brings back what <see cref="SaveOptimizer"/> wrote, for a model of the same description. A file that does not fit changes nothing.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidDataException">
    /// The file is broken, or its tensors are not exactly the moments of the model's. The message names the file and the tensor.
    /// </exception>
    /// <exception cref="IOException">The file is missing or cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file must not be read.</exception>
    /// <exception cref="ObjectDisposedException">The trainer or its model is disposed.</exception>
    public void RestoreOptimizer(string path)
    {
        ThrowIfDisposed();
        OptimizerContent content = OptimizerFile.Read(path, Model);
        for (int i = 0; i < content.First.Length; i++)
        {
            Model.PackedParameters[i].Pack(content.First[i], _optimizer.FirstMoments.Span);
            Model.PackedParameters[i].Pack(content.Second[i], _optimizer.SecondMoments.Span);
        }

        _optimizer.Steps = content.Steps;
        _learningRate = content.LearningRate;
    }
}
