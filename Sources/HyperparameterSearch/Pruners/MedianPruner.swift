/// Stops a trial whose best report so far is worse than the median of what others reported at the same step (Golovin et
/// al. 2017, "Vizier").
package struct MedianPruner: Pruner {
    package static let kind = "median"
    /// Trials that have to reach a step before anything is judged there.
    let startupTrials: Int
    let warmupSteps: Int

    package init(startupTrials: Int = 5, warmupSteps: Int = 0) {
        self.startupTrials = startupTrials
        self.warmupSteps = warmupSteps
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
