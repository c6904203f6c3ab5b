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

    /// What the winner's returns prove, as the best of so many.
    static func sentences(_ evidence: SelectionEvidence) -> [String] {
        let (sharpe, error) = (fixed(evidence.sharpe, 4), fixed(evidence.standardError, 4))
        var out = [
            "after costs on the validation span, per period (\(evidence.periods) of them): "
                + "Sharpe ratio \(sharpe) ± \(error)",
            "the best of \(evidence.trials) unskilled trials would be expected at "
                + "\(fixed(evidence.expectedMaximum, 4)), so the deflated Sharpe ratio is "
                + fixed(evidence.deflatedSharpe, 3),
        ]
        if evidence.otherTrials > 0 {
            let others = evidence.otherTrials == 1 ? "1 more training is" : "\(evidence.otherTrials) more trainings are"
            out.append("\(others) on record in the experiment or on the same data, which a gate counts too")
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
