package import HyperparameterSearch
package import Workflows

/// The words of a search's progress, for a terminal and for a log.
package enum SearchProgressText {
    package static func opened(_ study: String, known: Int, wanted: Int) -> String {
        "study \(study): \(known == 0 ? "new" : "\(known) trials known"), \(wanted) wanted"
    }

    /// On which samples all trials are judged.
    package static func judged(_ common: CommonSamples) -> String { StudyText.sentence(common) }

    /// Why money is no more than an estimate.
    package static func estimated(_ reason: String) -> String { MoneyText.estimate(reason) }

    /// Nil for a trial that is not another try.
    package static func began(_ trial: Trial) -> String? {
        trial.retryOf.map { "trial \(trial.number) tries trial \($0) again" }
    }

    package static func ended(_ trial: Trial, best: Trial?) -> String {
        let values = trial.values.map { fixed($0, 5) }.joined(separator: " ")
        let leader = best.map { "  best \(fixed($0.values[0], 5)) (trial \($0.number))" } ?? ""
        return "trial \(trial.number): \(values.isEmpty ? trial.state.rawValue : values)\(leader)"
    }
}
