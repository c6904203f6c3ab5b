import Basics
import Foundation
import Tensors

extension Trainer {
    /// When and where progress is saved.
    package struct CheckpointPlan: Sendable {
        /// The file.
        package var path: String
        /// Steps between checkpoints inside an epoch; one is always written at its end.
        package var everySteps: Int?

        /// A file, and steps between writes of it.
        package init(path: String, everySteps: Int? = nil) {
            self.path = path
            self.everySteps = everySteps
        }
    }

    /// Trains until the last epoch or until early stopping, then puts the best weights back.
    ///
    /// - Parameters:
    ///   - checkpoint: where to save; nil saves nothing. A checkpoint is one atomic file, so a kill at any time leaves
    ///     the
    ///     last complete one.
    ///   - shouldStop: asked after every step; when true, training saves and returns (Ctrl-C).
    ///   - progress: called at most ten times a second and at every end of an epoch.
    /// - Returns: false if it was stopped before it was done.
    package func run(
        training: some SampleSource, validation: some SampleSource, checkpoint: CheckpointPlan? = nil,
        shouldStop: () -> Bool = { false }, progress: (TrainingProgress) -> Void = { _ in }
    ) throws -> Bool {
        guard training.count > 0, validation.count > 0 else {
            throw Failure(
                "train.no-samples", "found \(training.count) training and \(validation.count) validation samples",
                hint: "check the split and the window length against the data")
        }
        let batches = (training.count + config.batchSize - 1) / config.batchSize
        let order = FixedIndices(count: config.batchSize)
        use(training)
        var meter = ProgressMeter()
        while state.epoch < config.epochs, !state.isStopped {
            let permutation = SamplePermutation(count: training.count, seed: config.seed, epoch: state.epoch)
            while state.stepInEpoch < batches {
                let first = state.stepInEpoch * config.batchSize
                let last = min(first + config.batchSize, training.count)
                let factor = config.schedule.factor(
                    step: optimizer.step, totalSteps: batches * config.epochs, stepsPerEpoch: batches)
                for position in first..<last {
                    order.pointer[position - first] = Int32(config.isShuffled ? permutation(position) : position)
                }
                let result = step(
                    indices: UnsafeBufferPointer(start: order.pointer, count: last - first), rateFactor: factor)
                guard result.loss.isFinite else {
                    throw Failure(
                        "train.diverged",
                        "found a loss of \(result.loss) in epoch \(state.epoch + 1), step \(state.stepInEpoch + 1)",
                        hint: "lower the learning rate or set clipNorm")
                }
                state.lossSum += result.loss
                state.weightSum += result.weight
                state.stepInEpoch += 1
                meter.samples += last - first
                if let checkpoint, let every = checkpoint.everySteps, state.stepInEpoch.isMultiple(of: every),
                    state.stepInEpoch < batches
                {
                    try saveCheckpoint(checkpoint.path)
                }
                if shouldStop() {
                    if let checkpoint { try saveCheckpoint(checkpoint.path) }
                    return false
                }
                if meter.isDue { progress(describe(batches: batches, meter: &meter, isEpochEnd: false)) }
            }
            finishEpoch(validation: validation)
            if let checkpoint { try saveCheckpoint(checkpoint.path) }
            progress(describe(batches: batches, meter: &meter, isEpochEnd: true))
        }
        parameters.copy(from: bestParameters)
        return true
    }

    private func finishEpoch(validation: some SampleSource) {
        let measures = measure(validation)
        let factor = config.schedule.factor(
            step: optimizer.step - 1, totalSteps: state.stepInEpoch * config.epochs, stepsPerEpoch: state.stepInEpoch)
        state.history.append(
            TrainingState.Epoch(
                epoch: state.epoch + 1, trainingLoss: state.lossSum / state.weightSum, validationLoss: measures[0],
                learningRate: config.optimizer.learningRate * factor, measures: measures))
        let value =
            ValidationMeasures.names(config.loss).firstIndex(of: config.monitor).map { measures[$0] } ?? measures[0]
        let gain = ValidationMeasures.prefersLess(config.monitor) ? state.bestValue - value : value - state.bestValue
        if gain > config.earlyStopping?.minimumImprovement ?? 0 || state.bestEpoch == 0
            || (state.bestValue.isNaN && !value.isNaN)
        {
            (state.bestValue, state.bestLoss) = (value, measures[0])
            state.bestEpoch = state.epoch + 1
            bestParameters.copy(from: evaluated)
        }
        state.epoch += 1
        state.stepInEpoch = 0
        state.lossSum = 0
        state.weightSum = 0
        if let stop = config.earlyStopping, state.epoch - state.bestEpoch >= stop.patience { state.isStopped = true }
    }

    private func describe(batches: Int, meter: inout ProgressMeter, isEpochEnd: Bool) -> TrainingProgress {
        let done = Double(state.epoch * batches + state.stepInEpoch)
        return TrainingProgress(
            epoch: isEpochEnd ? state.epoch : state.epoch + 1, epochs: config.epochs,
            fraction: state.isStopped ? 1 : done / Double(batches * config.epochs),
            trainingLoss: isEpochEnd
                ? state.history.last?.trainingLoss ?? .nan : state.lossSum / max(state.weightSum, 1e-300),
            validationLoss: state.history.last?.validationLoss, bestLoss: state.bestEpoch > 0 ? state.bestLoss : nil,
            monitored: config.monitor == "loss"
                ? nil
                : state.history.last.flatMap { last in
                    ValidationMeasures.names(config.loss).firstIndex(of: config.monitor).map {
                        (config.monitor, last.measures[$0])
                    }
                },
            samplesPerSecond: meter.rate(), isEpochEnd: isEpochEnd)
    }
}

/// The samples of one step, in memory that stays.
private final class FixedIndices {
    let pointer: UnsafeMutablePointer<Int32>

    init(count: Int) { pointer = .allocate(capacity: count) }
    deinit { pointer.deallocate() }
}

/// Samples per second since training began, and whether it is time to show something.
private struct ProgressMeter {
    var samples = 0
    private let start = Clock.monotonic()
    private var lastShown = Clock.monotonic()

    var isDue: Bool { Clock.monotonic() - lastShown > 100_000_000 }

    mutating func rate() -> Double {
        lastShown = Clock.monotonic()
        return Double(samples) / max(Double(lastShown - start) * 1e-9, 1e-9)
    }
}
