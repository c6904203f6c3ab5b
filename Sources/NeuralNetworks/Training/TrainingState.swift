/// Where a training run stands: all of it goes into a checkpoint.
package struct TrainingState: Sendable, Equatable {
    /// The losses of one finished epoch.
    package struct Epoch: Sendable, Equatable {
        package var epoch: Int
        package var trainingLoss: Double
        package var validationLoss: Double
        package var learningRate: Double
        /// ``ValidationMeasures`` in their order; the first is `validationLoss`.
        package var measures: [Double]
    }

    /// Finished epochs.
    package var epoch = 0
    /// Steps done in the epoch that is under way, and its sums so far.
    package var stepInEpoch = 0
    package var lossSum = 0.0
    package var weightSum = 0.0
    package var history: [Epoch] = []
    package var bestEpoch = 0
    /// The monitored measure of the best epoch, and the loss it had.
    package var bestValue = Double.nan
    package var bestLoss = Double.infinity
    package var isStopped = false

    /// The epoch whose weights are kept.
    package var best: Epoch? { history.first { $0.epoch == bestEpoch } }

    package init() {}
}

/// What a progress display needs, after every step that is worth showing.
package struct TrainingProgress: Sendable {
    package var epoch: Int
    package var epochs: Int
    package var fraction: Double
    package var trainingLoss: Double
    package var validationLoss: Double?
    package var bestLoss: Double?
    /// The measure that chooses the best epoch, where it is not the loss.
    package var monitored: (name: String, value: Double)?
    package var samplesPerSecond: Double
    package var isEpochEnd: Bool
}
