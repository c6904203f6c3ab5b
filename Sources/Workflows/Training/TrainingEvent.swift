import NeuralNetworks

/// What a training tells while it runs.
package enum TrainingEvent: Sendable {
    /// The next of a series of seeds.
    case repeatBegan(number: Int, of: Int, seed: Int)
    /// A repeat that was complete: it is not trained again.
    case repeatKept(run: String, output: String)
    case modelBegan(run: String, parameters: Int, multiplyAdds: Int, threads: Int)
    /// What nothing can be learned of.
    case warned(String)
    case modelStep(ModelStep)
    case modelEnded(TrainModel.Outcome)
    case policyBegan(run: String, agent: String, task: String, threads: Int)
    /// - Parameter meanReturn: of the episodes that ended lately; not a number before the first.
    case policyStep(steps: Int, of: Int, meanReturn: Double)
    /// - Parameter output: the directory that holds the policy.
    case policyEnded(TrainAgent.Outcome, output: String, seconds: Double)
    /// Interrupted, with a checkpoint to go on from.
    case stopped(run: String, after: String)

    /// Where the training of a model is.
    package struct ModelStep: Sendable {
        package let epoch: Int
        package let epochs: Int
        /// Of the whole training, 0 to 1.
        package let fraction: Double
        package let trainingLoss: Double
        package let validationLoss: Double?
        package let bestLoss: Double?
        /// The measure that chooses the best epoch, where it is not the loss.
        package let monitored: (name: String, value: Double)?
        package let samplesPerSecond: Double
        package let isEpochEnd: Bool

        init(_ progress: TrainingProgress) {
            epoch = progress.epoch
            epochs = progress.epochs
            fraction = progress.fraction
            trainingLoss = progress.trainingLoss
            validationLoss = progress.validationLoss
            bestLoss = progress.bestLoss
            monitored = progress.monitored
            samplesPerSecond = progress.samplesPerSecond
            isEpochEnd = progress.isEpochEnd
        }
    }
}
