import Backtesting
import Basics
import Documents
import HyperparameterSearch
import Workflows

/// A study for the terminal and for scripts.
struct StudyText {
    private let name: String
    private let history: TrialHistory
    private let metrics: [String]
    private let evidence: SelectionEvidence?
    private let importance: [(name: String, share: Double)]

    init(_ name: String, _ history: TrialHistory, metrics: [String], evidence: SelectionEvidence?) {
        (self.name, self.history, self.metrics, self.evidence) = (name, history, metrics, evidence)
        importance = history.directions.count == 1 ? ParameterImportance.functionalANOVA(history) : []
    }

    private var leaders: [Trial] {
        history.directions.count > 1
            ? history.paretoFront
            : history.losses.sorted { ($0.loss, $0.trial.number) < ($1.loss, $1.trial.number) }.prefix(5).map(\.trial)
    }

    private func counts(_ state: Trial.State) -> Int { history.trials.count { $0.state == state } }

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

    var text: String {
        var parts: [String] = []
        let space = history.space, free = space.parameters.indices.filter { !space.parameters[$0].isConstant }
        var table = TextTable(
            ["trial"] + metrics + StudyText.shortNames(free.map { space.parameters[$0].name }),
            rightAligned: Set(0...metrics.count))
        for trial in leaders {
            table.add(
                [String(trial.number)] + trial.values.map { fixed($0, 5) }
                    + free.map {
                        trial.point[$0].isNaN ? "–" : StudyText.value(space.parameters[$0].json(trial.point[$0]))
                    })
        }
        parts.append(history.directions.count > 1 ? "Pareto front" : "best trials")
        parts.append(table.text)
        if history.directions.count == 1, history.bestSoFar.count > 1 {
            parts.append("best so far \(sparkline(history.bestSoFar.map(\.value)))")
        }
        if !importance.isEmpty {
            var table = TextTable(["share of the variance explained alone", ""], rightAligned: [])
            for (name, share) in importance {
                table.add([name, "\(Terminal.bar(share, width: 20)) \(Int((share * 100).rounded())) %"])
            }
            parts.append(table.text)
        }
        parts.append(
            "\(history.trials.count) trials: \(counts(.complete)) complete, \(counts(.pruned)) pruned, \(counts(.failed)) failed, \(counts(.running)) running"
        )
        if let evidence { parts += StudyText.sentences(evidence) }
        return parts.joined(separator: "\n")
    }

    /// What the winner's returns prove, as the best of so many.
    static func sentences(_ evidence: SelectionEvidence) -> [String] {
        var out = [
            "after costs on the validation span, per period (\(evidence.periods) of them): Sharpe ratio \(fixed(evidence.sharpe, 4)) ± \(fixed(evidence.standardError, 4))",
            "the best of \(evidence.trials) unskilled trials would be expected at \(fixed(evidence.expectedMaximum, 4)), so the deflated Sharpe ratio is \(fixed(evidence.deflatedSharpe, 3))",
        ]
        if evidence.otherTrials > 0 {
            out.append(
                "\(evidence.otherTrials) more training\(evidence.otherTrials == 1 ? " is" : "s are") on record in the experiment or on the same data, which a gate counts too"
            )
        }
        if let least = evidence.minimumPeriods {
            out.append(
                "among so many, chance alone would be expected to show this ratio in fewer than \(fixed(least, 0)) periods"
            )
        }
        if let correlation = evidence.meanCorrelation, let effective = evidence.effectiveTrials {
            out.append(
                "the trials resemble one another (mean correlation \(fixed(correlation, 2))), like \(fixed(effective, 1)) independent ones, but all are counted"
            )
        }
        if let overfitting = evidence.overfitting {
            out.append(
                "probability of backtest overfitting \(fixed(overfitting.probability, 3)) over \(evidence.overfittingTrials) complete trials (\(overfitting.splits.count) splits)"
            )
        } else {
            out.append("too few trials or periods for the probability of backtest overfitting")
        }
        return out
    }

    var json: JSONValue {
        let space = history.space
        func node(_ trial: Trial) -> JSONValue {
            .map([
                "number": .int(trial.number), "state": .string(trial.state.rawValue), "values": .doubles(trial.values),
                "parameters": .map(trial.point.isEmpty ? [] : space.assignments(trial.point)),
                "retryOf": trial.retryOf.map { .int($0) } ?? .null,
                "reports": .list(
                    trial.reports.map {
                        .map(["step": .int($0.step), "value": $0.value.isFinite ? .double($0.value) : .null])
                    }),
            ])
        }
        return .map([
            "schemaVersion": .int(1), "study": .string(name), "metrics": .strings(metrics),
            "directions": .strings(history.directions.map(\.rawValue)),
            "best": history.directions.count == 1 ? history.best.map(node) ?? .null : .null,
            "paretoFront": history.directions.count > 1 ? .list(history.paretoFront.map(node)) : .null,
            "importance": .map(importance.map { ($0.name, .double($0.share)) }), "evidence": evidence?.json ?? .null,
            "trials": .list(history.trials.map(node)),
        ])
    }
}
