package import Basics

/// Asynchronous successive halving: at steps m, m·η, m·η², … only the best 1/η of those that came so far go on (Li et
/// al. 2020, "ASHA", arXiv:1810.05934).
package struct SuccessiveHalvingPruner: Pruner {
    package static let kind = "asha"
    package static let summary = "Continues the best share of the trials at steps that grow by a factor (ASHA)."
    package static let keys = ["minimum", "reduction", "skip"]
    /// Steps before the first rung.
    let minimum: Int
    /// η.
    let reduction: Int
    /// Rungs that are left out at the start.
    let skip: Int

    /// Rungs at `minimum` · `reduction`ⁱ steps for i ≥ `skip`.
    package init(minimum: Int = 1, reduction: Int = 3, skip: Int = 0) {
        self.minimum = minimum
        self.reduction = reduction
        self.skip = skip
    }

    package init(_ reader: ConfigReader, maximumSteps: Int) throws {
        self.init(
            minimum: try reader.int("minimum", default: 1, in: 1...1_000_000),
            reduction: try reader.int("reduction", default: 3, in: 2...100),
            skip: try reader.int("skip", default: 0, in: 0...30))
    }

    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool {
        judge(number: number, step: step, history) { _ in true }
    }

    /// Compares with the trials that `isPeer` admits.
    func judge(number: Int, step: Int, _ history: TrialHistory, isPeer: (Int) -> Bool) -> Bool {
        guard isRung(step), let trial = history.trial(number), let loss = history.loss(trial, at: step) else {
            return false
        }
        guard loss.isFinite else { return true }
        // Every trial that reported here counts, whatever became of it later.
        let others = history.trials.filter { $0.number != number && isPeer($0.number) }.compactMap {
            history.loss($0, at: step)
        }
        let better = others.count { $0 < loss }
        return better >= max(1, (others.count + 1) / reduction)
    }

    private func isRung(_ step: Int) -> Bool {
        var rung = minimum
        for _ in 0..<skip {
            let (next, overflow) = rung.multipliedReportingOverflow(by: reduction)
            if overflow { return false }
            rung = next
        }
        while rung < step {
            let (next, overflow) = rung.multipliedReportingOverflow(by: reduction)
            if overflow { return false }
            rung = next
        }
        return rung == step
    }
}
