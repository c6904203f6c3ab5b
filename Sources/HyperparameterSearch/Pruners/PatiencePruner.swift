package import Basics

/// Stops a trial that has not improved for a number of steps.
package struct PatiencePruner: Pruner {
    package static let kind = "patience"
    package static let summary = "Stops a trial that has not improved for a number of steps."
    package static let keys = ["patience", "minimumImprovement"]
    let patience: Int
    let minimumImprovement: Double

    /// Stops after `patience` + 1 steps without an improvement.
    ///
    /// - Parameter minimumImprovement: what counts as one, in the objective's unit.
    package init(patience: Int, minimumImprovement: Double = 0) {
        self.patience = patience
        self.minimumImprovement = minimumImprovement
    }

    package init(_ reader: ConfigReader, maximumSteps: Int) throws {
        self.init(
            patience: try reader.int("patience", default: 3, in: 0...1_000_000),
            minimumImprovement: try reader.double("minimumImprovement", default: 0, in: 0...1e9))
    }

    package func shouldPrune(number: Int, step: Int, _ history: TrialHistory) -> Bool {
        guard let trial = history.trial(number) else { return false }
        let losses = trial.reports.map { $0.value * history.directions[0].sign }
        guard losses.count > patience + 1 else { return false }
        let before = losses.dropLast(patience + 1).filter(\.isFinite).min() ?? .infinity
        let since = losses.suffix(patience + 1).filter(\.isFinite).min() ?? .infinity
        return since > before - minimumImprovement
    }
}
