/// Where a training run stands: all of it goes into a checkpoint.
package struct TrainingState: Sendable, Equatable {
    /// The losses of one finished epoch.
    package struct Epoch: Sendable, Equatable {
        /// Counted from 1.
        package var epoch: Int
        /// Weighted mean over the samples as they were trained on, while the weights moved.
        package var trainingLoss: Double
        /// Weighted mean over the validation samples after the epoch.
        package var validationLoss: Double
        /// The rate of its last step.
        package var learningRate: Double
        /// ``ValidationMeasures`` in their order; the first is `validationLoss`.
        package var measures: [Double]
    }

    /// Finished epochs.
    package var epoch = 0
    /// Steps done in the epoch that is under way, and its sums so far.
    package var stepInEpoch = 0
    /// The sum of weighted losses of those steps.
    package var lossSum = 0.0
    /// The sum of the weights of their samples.
    package var weightSum = 0.0
    /// Every finished epoch.
    package var history: [Epoch] = []
    /// The epoch whose weights are kept, counted from 1; 0 before the first ended.
    package var bestEpoch = 0
    /// The monitored measure of the best epoch, and the loss it had.
    package var bestValue = Double.nan
    /// The validation loss of the best epoch.
    package var bestLoss = Double.infinity
    /// Whether early stopping has ended the training.
    package var isStopped = false

    /// The epoch whose weights are kept.
    package var best: Epoch? { history.first { $0.epoch == bestEpoch } }

    /// Before the first step.
    package init() {}
}

/// What a progress display needs, after every step that is worth showing.
package struct TrainingProgress: Sendable {
    /// The epoch under way, or that ended, counted from 1.
    package var epoch: Int
    /// Epochs of the whole training.
    package var epochs: Int
    /// The share of all steps that is done, 0 to 1.
    package var fraction: Double
    /// Weighted mean so far.
    package var trainingLoss: Double
    /// Of the last epoch that ended; nil before.
    package var validationLoss: Double?
    /// The validation loss of the best epoch; nil before the first ended.
    package var bestLoss: Double?
    /// The measure that chooses the best epoch, where it is not the loss.
    package var monitored: (name: String, value: Double)?
    /// Since this process began to train.
    package var samplesPerSecond: Double
    /// Whether an epoch has just ended.
    package var isEpochEnd: Bool
}
