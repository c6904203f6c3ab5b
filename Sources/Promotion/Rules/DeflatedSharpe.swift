import Backtesting
package import Basics
import Registry

/// The deflated Sharpe ratio of the after-cost daily returns, with all trials of the experiment and on the same raw
/// data, is high enough.
package struct DeflatedSharpe: GateRule {
    package static let name = "deflated-sharpe"
    package static let summary = "The Sharpe ratio is not explained by the number of trials that were made."
    package static let keys = ["minimum", "errors"]
    /// How the ratio's standard error is found: as if days were independent (the published formula), or with their
    /// dependence on one another.
    enum Errors: String, CaseIterable { case independent, dependent }

    let minimum: Double
    let errors: Errors

    package init(_ reader: ConfigReader) throws {
        minimum = try reader.double("minimum", default: 0.95, in: 0...1)
        errors = try reader.choice("errors", default: .independent)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        guard let statistics = PerformanceStatistics(evidence.backtest.dailyReturns) else {
            return GateVerdict(false, "found no varying daily returns, so there is no Sharpe ratio")
        }
        // Trials whose ratios nobody measured still were chances: they are taken to spread as ratios without skill do,
        // by 1/(T − 1).
        let known = PerformanceStatistics(evidence.trialSharpes).map { $0.deviation * $0.deviation }
        let unskilled = 1 / Double(statistics.count - 1), measured = evidence.trialSharpes.count
        // Where only some were measured, theirs says nothing of the others: two models that resemble each other would
        // make any number of further strategies cost nothing.
        let variance = measured >= evidence.trials ? known ?? unskilled : max(known ?? unskilled, unskilled)
        let independent = statistics.deflatedSharpe(trials: evidence.trials, trialVariance: variance)
        let dependentError = PerformanceStatistics.dependentStandardError(evidence.backtest.dailyReturns)
        let dependent = dependentError.map {
            statistics.deflatedSharpe(trials: evidence.trials, trialVariance: variance, standardError: $0)
        }
        // No number of days is enough for a ratio that is not above zero, and infinity is no JSON.
        let least =
            evidence.trials >= 2
            ? PerformanceStatistics.minimumBacktestLength(trials: evidence.trials, sharpe: statistics.sharpe) : nil
        let values = JSONValue.map([
            "probability": .double(independent), "trials": .int(evidence.trials),
            "trainings": evidence.trialCount.map { .int($0.trainings) } ?? .null,
            "featureSets": evidence.trialCount.map { .int($0.featureSets) } ?? .null,
            "strategies": evidence.trialCount.map { .int($0.strategies) } ?? .null, "trialVariance": .double(variance),
            "sharpe": .double(statistics.sharpe),
            "standardError": .double(statistics.sharpeStandardError), "dependentProbability": .double(dependent),
            "dependentStandardError": .double(dependentError),
            "minimumDays": .double(least.flatMap { $0.isFinite ? $0 : nil }),
        ])
        guard let probability = errors == .dependent ? dependent : independent,
            let error = errors == .dependent ? dependentError : statistics.sharpeStandardError
        else {
            return GateVerdict(
                false,
                "found no standard error of the daily ratio over \(statistics.count) days that depend on one another",
                values: values)
        }
        let
            spread =
                evidence.trials < 2 || measured >= evidence.trials && known != nil
                ? "" : known == nil ? " of unknown spread" : ", \(measured) of them measured",
            counted = evidence.trialCount.map { ", \($0.summary)" } ?? "",
            how = errors == .dependent ? " that depend on one another" : ""
        return GateVerdict(
            probability >= minimum,
            "deflated Sharpe probability is \(rounded(probability)) over \(evidence.trials) "
                + "\(evidence.trials == 1 ? "trial" : "trials")\(spread)\(counted) "
                + "(daily ratio \(rounded(statistics.sharpe)) ± \(rounded(error)), \(statistics.count) days\(how)), "
                + "required at least \(minimum)",
            values: values)
    }
}
