package import Basics
import Foundation

/// For steps that are folds or instances: stops a trial that a one-sided Wilcoxon signed-rank test finds worse than the
/// best trial on the same steps.
package struct WilcoxonPruner: Pruner {
    package static let kind = "wilcoxon"
    package static let summary = "Stops a trial that a signed-rank test finds worse than the best on the same steps."
    package static let keys = ["significance", "startupSteps"]
    let significance: Double
    let startupSteps: Int

    /// Tests at the level `significance`, once a trial has `startupSteps` steps in common with the best.
    package init(significance: Double = 0.1, startupSteps: Int = 2) {
        self.significance = significance
        self.startupSteps = startupSteps
    }

    package init(_ reader: ConfigReader, maximumSteps: Int) throws {
        self.init(
            significance: try reader.double("significance", default: 0.1, in: 1e-9...0.5),
            startupSteps: try reader.int("startupSteps", default: 2, in: 1...1_000_000))
    }

    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool {
        guard let trial = history.trial(number), let best = history.best, best.number != number else { return false }
        let differences = trial.reports.compactMap { report -> Double? in
            guard report.value.isFinite else { return .infinity }
            return history.loss(best, at: report.step).map { report.value * history.directions[0].sign - $0 }
        }
        guard differences.count >= startupSteps else { return false }
        // A trial that leads on average stays, whatever the ranks say.
        guard differences.reduce(0, +) > 0 else { return false }
        return WilcoxonPruner.signedRankP(differences) < significance
    }

    /// P(W⁺ ≥ w) that differences are centred at zero: exact without ties up to 25 of them, else normal with a
    /// correction for continuity. Zeros are left out.
    package static func signedRankP(_ differences: [Double]) -> Double {
        let nonzero = differences.filter { $0 != 0 }
        let n = nonzero.count
        guard n > 0 else { return 1 }
        let order = nonzero.indices.sorted { abs(nonzero[$0]) < abs(nonzero[$1]) }
        var ranks = [Double](repeating: 0, count: n), at = 0, ties = 0.0
        while at < n {
            var end = at
            while end + 1 < n, abs(nonzero[order[end + 1]]) == abs(nonzero[order[at]]) { end += 1 }
            for k in at...end { ranks[order[k]] = Double(at + end) / 2 + 1 }
            let size = Double(end - at + 1)
            ties += size * size * size - size
            at = end + 1
        }
        let w = (0..<n).reduce(0.0) { nonzero[$1] > 0 ? $0 + ranks[$1] : $0 }
        if n <= 25, ties == 0 {
            // Number of subsets of ranks 1…n with each sum.
            var ways = [Double](repeating: 0, count: n * (n + 1) / 2 + 1)
            ways[0] = 1
            for rank in 1...n {
                for sum in stride(from: ways.count - 1, through: rank, by: -1) { ways[sum] += ways[sum - rank] }
            }
            return ways[Int(saturating: w)...].reduce(0, +) / pow(2, Double(n))
        }
        let mean = Double(n * (n + 1)) / 4, variance = Double(n * (n + 1) * (2 * n + 1)) / 24 - ties / 48
        return StandardNormal.below(-(w - 0.5 - mean) / variance.squareRoot())
    }
}
