package import Basics

/// Stops a trial whose best report so far is worse than the median of what others reported at the same step (Golovin et
/// al. 2017, "Vizier").
package struct MedianPruner: Pruner {
    package static let kind = "median"
    package static let summary = "Stops a trial whose best report is worse than the median at the same step."
    package static let keys = ["startupTrials", "warmupSteps"]
    /// Trials that have to reach a step before anything is judged there.
    let startupTrials: Int
    let warmupSteps: Int

    /// Compares once `startupTrials` others have reached a step beyond `warmupSteps`.
    package init(startupTrials: Int = 5, warmupSteps: Int = 0) {
        self.startupTrials = startupTrials
        self.warmupSteps = warmupSteps
    }

    package init(_ reader: ConfigReader, maximumSteps: Int) throws {
        self.init(
            startupTrials: try reader.int("startupTrials", default: 5, in: 1...100_000),
            warmupSteps: try reader.int("warmupSteps", default: 0, in: 0...1_000_000))
    }

    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool {
        guard step > warmupSteps, let trial = history.trial(number) else { return false }
        let sign = history.directions[0].sign
        let finite = trial.reports.filter { $0.step <= step && $0.value.isFinite }
        guard let best = finite.map({ $0.value * sign }).min() else { return true }
        let others = history.trials.filter { $0.number != number && $0.state == .complete }.compactMap {
            history.loss($0, at: step)
        }.filter(\.isFinite).sorted()
        guard others.count >= startupTrials else { return false }
        let middle = others.count / 2
        let median = others.count % 2 == 1 ? others[middle] : (others[middle - 1] + others[middle]) / 2
        return best > median
    }
}
