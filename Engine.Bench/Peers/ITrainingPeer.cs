using Engine.Bench.Compare;

namespace Engine.Bench.Peers;

/// <summary>An engine that can also train.</summary>
internal interface ITrainingPeer : IPeer
{
    /// <summary>Whether it can train this model.</summary>
    bool CanTrain(TrainingCase sizes);

    /// <summary>What it computes in each step.</summary>
    TrainingWork WorkOf(TrainingCase sizes);

    /// <summary>Makes everything that one step needs.</summary>
    TrainingRunner Prepare(TrainingData data);
}
