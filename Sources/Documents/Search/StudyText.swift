import Backtesting
import Basics
import HyperparameterSearch
import Workflows

/// Words and values that the document, the page and the plots of a study have in common.
enum StudyText {
    /// What has ended first.
    static let states: [Trial.State] = [.complete, .pruned, .failed, .running]

    /// The Pareto front, or the five best.
    static func leaders(_ history: TrialHistory) -> [Trial] {
        history.directions.count > 1
            ? history.paretoFront
            : history.losses.sorted { ($0.loss, $0.trial.number) < ($1.loss, $1.trial.number) }.prefix(5).map(\.trial)
    }

    /// Values of a trial's parameters as text; `–` where a condition left one out.
    static func values(_ trial: Trial, _ parameters: [Int], _ space: SearchSpace) -> [String] {
        parameters.map { trial.point[$0].isNaN ? "–" : value(space.parameters[$0].json(trial.point[$0])) }
    }

    static func value(_ value: JSONValue) -> String {
        if let number = value.doubleValue, value.intValue == nil {
            return number == 0 || abs(number) >= 0.001 && abs(number) < 100_000 ? fixed(number, 5) : "\(Float(number))"
        }
        return value.stringValue ?? value.text(.compact)
    }

    /// The last parts of dotted names, as many as tell them apart.
    static func shortNames(_ names: [String]) -> [String] {
        func tail(_ name: String, _ count: Int) -> String {
            name.split(separator: ".").suffix(count).joined(separator: ".")
        }
        return names.map { name in
            (1...8).lazy.map { count in (tail(name, count), names.count { tail($0, count) == tail(name, count) }) }
                .first { $0.1 == 1 }?.0 ?? name
        }
    }

    /// On which samples all trials were judged.
    static func sentence(_ common: CommonSamples) -> String {
        let all =
            common.samples == common.most ? "" : " of the \(common.most) that \(common.shortestWindow) would leave"
        let unusable =
            common.unusable.isEmpty
            ? ""
            : "; windows of \(common.unusable.prefix(5).map(String.init).joined(separator: ", "))"
                + "\(common.unusable.count > 5 ? ", …" : "") rows leave none, and their trials fail"
        return "all trials are judged on the \(common.samples) samples that a window of \(common.longestWindow) rows "
            + "leaves\(all)\(unusable)"
    }

    /// Why there is no best trial; nil where there is one.
    static func withoutBest(_ history: TrialHistory, reasons: [String]) -> String? {
        guard history.losses.isEmpty, !history.trials.isEmpty else { return nil }
        let untraded = reasons.count { $0 == StudyReport.neverTraded }
        if untraded > 0 {
            return
                "no trial traded: \(untraded) of \(history.trials.count) were not evaluated for that, so there is no "
                + "best"
        }
        return "no trial is complete, so there is no best"
    }

    /// What the winner's returns prove, as the best of so many.
    static func sentences(_ evidence: SelectionEvidence) -> [String] {
        guard let sharpe = evidence.sharpe, let deflated = evidence.deflatedSharpe else {
            return [
                evidence.untraded > 0 && evidence.overfittingTrials == 0
                    ? "no trial traded on the validation span, so nothing is known of what any would earn"
                    : "the best trial never traded on the validation span (\(evidence.untraded) did not), so it has no "
                        + "Sharpe ratio and no chance of overfitting that could be told"
            ]
        }
        let error = evidence.standardError.map { fixed($0, 4) } ?? "–"
        var out = [
            "after costs on the validation span, per period (\(evidence.periods) of them): "
                + "Sharpe ratio \(fixed(sharpe, 4)) ± \(error)",
            "the best of \(evidence.trials) unskilled trials would be expected at "
                + "\(fixed(evidence.expectedMaximum, 4)), so the deflated Sharpe ratio is "
                + fixed(deflated, 3),
        ]
        if evidence.untraded > 0 { out.append("\(evidence.untraded) complete trials never traded") }
        if evidence.otherTrials > 0 {
            let others = evidence.otherTrials == 1 ? "1 more training is" : "\(evidence.otherTrials) more trainings are"
            out.append(
                "\(others) on record in the experiment or on the same raw data; a gate counts \(evidence.counted)")
        }
        if let least = evidence.minimumPeriods {
            out.append(
                "among so many, chance alone would be expected to show this ratio in fewer than "
                    + "\(fixed(least, 0)) periods")
        }
        if let correlation = evidence.meanCorrelation, let effective = evidence.effectiveTrials {
            out.append(
                "the trials resemble one another (mean correlation \(fixed(correlation, 2))), like "
                    + "\(fixed(effective, 1)) independent ones, but all are counted")
        }
        guard let overfitting = evidence.overfitting else {
            return out + ["too few trials or periods for the probability of backtest overfitting"]
        }
        out.append(
            "probability of backtest overfitting \(fixed(overfitting.probability, 3)) over "
                + "\(evidence.overfittingTrials) complete trials (\(overfitting.splits.count) splits)")
        return out
    }
}
