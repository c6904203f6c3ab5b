package import Basics
package import HyperparameterSearch
package import Workflows

/// A study: its best trials or Pareto front, what mattered, and how far the winner can be believed.
package struct StudyDocument: Document {
    private let name: String
    private let history: TrialHistory
    private let metrics: [String]
    private let evidence: SelectionEvidence?
    private let importance: [(name: String, share: Double)]
    private let common: CommonSamples?
    private let reasons: [Int: String]
    private let hasPlots: Bool

    /// - Parameters:
    ///   - common: what all trials were judged on, where their windows differ.
    ///   - reasons: why trials failed, by number.
    ///   - hasPlots: whether the text has the plots of ``StudyPage`` as well, for a terminal.
    package init(
        _ name: String, _ history: TrialHistory, metrics: [String], evidence: SelectionEvidence?,
        common: CommonSamples? = nil, reasons: [Int: String] = [:], hasPlots: Bool = false
    ) {
        (self.common, self.reasons) = (common, reasons)
        self.name = name
        self.history = history
        self.metrics = metrics
        self.evidence = evidence
        self.hasPlots = hasPlots
        importance = history.directions.count == 1 ? ParameterImportance.functionalANOVA(history) : []
    }

    package var page: Page { StudyPage(name, history, metrics: metrics, evidence: evidence).page }

    package var body: JSONValue {
        let isSingle = history.directions.count == 1
        return .map([
            "study": .string(name), "metrics": .strings(metrics),
            "directions": .strings(history.directions.map(\.rawValue)),
            "best": isSingle ? history.best.map(node) ?? .null : .null,
            "paretoFront": isSingle ? .null : .list(history.paretoFront.map(node)),
            "importance": .map(importance.map { ($0.name, .double($0.share)) }), "evidence": evidence?.json ?? .null,
            "commonSamples": common?.json ?? .null, "trials": .list(history.trials.map(node)),
        ])
    }

    private func node(_ trial: Trial) -> JSONValue {
        .map([
            "number": .int(trial.number), "state": .string(trial.state.rawValue), "values": .doubles(trial.values),
            "parameters": .map(trial.point.isEmpty ? [] : history.space.assignments(trial.point)),
            "retryOf": trial.retryOf.map { .int($0) } ?? .null, "reason": .string(reasons[trial.number]),
            "reports": .list(
                trial.reports.map {
                    .map(["step": .int($0.step), "value": $0.value.isFinite ? .double($0.value) : .null])
                }),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        var parts = [history.directions.count > 1 ? "Pareto front" : "best trials", leadersTable(style)]
        if history.directions.count == 1, history.bestSoFar.count > 1 {
            parts.append("best so far \(sparkline(history.bestSoFar.map(\.value)))")
        }
        if !importance.isEmpty {
            var table = TextTable(["share of the variance explained alone", ""])
            let width = (style.width ?? 80) < 70 ? 10 : 20
            for (name, share) in importance {
                table.add([name, "\(TextBar.text(share, width: width)) \(Int(saturating: (share * 100).rounded())) %"])
            }
            parts.append(table.text(style))
        }
        let counts = StudyText.states.map { state in
            "\(history.trials.count { $0.state == state }) \(state.rawValue)"
        }
        parts.append(style.wrapped("\(history.trials.count) trials: \(counts.joined(separator: ", "))"))
        if let common { parts.append(style.wrapped(StudyText.sentence(common), indent: 2)) }
        if let none = StudyText.withoutBest(history, reasons: Array(reasons.values)) {
            parts.append(style.wrapped(none))
        }
        if let evidence { parts += StudyText.sentences(evidence).map { style.wrapped($0, indent: 2) } }
        if hasPlots { parts.append("\n" + StudyPlots(history, metrics: metrics).text(style)) }
        return parts.joined(separator: "\n")
    }

    private func leadersTable(_ style: TextStyle) -> String {
        let space = history.space, free = space.parameters.indices.filter { !space.parameters[$0].isConstant }
        var table = TextTable(
            ["trial"] + metrics + StudyText.shortNames(free.map { space.parameters[$0].name }),
            rightAligned: Set(0...metrics.count))
        for trial in StudyText.leaders(history) {
            table.add([String(trial.number)] + trial.values.map { fixed($0, 5) } + StudyText.values(trial, free, space))
        }
        return table.text(style)
    }
}
