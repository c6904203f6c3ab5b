import Basics
import HyperparameterSearch
import Workflows

/// A study for a browser: history, what mattered, slices, contour, parallel coordinates, and the front of several
/// objectives.
struct StudyPage {
    let name: String
    let history: TrialHistory
    let metrics: [String]
    private let evidence: SelectionEvidence?
    let known: [(trial: Trial, loss: Double)]
    let scale: LossScale?
    let free: [Int]
    /// Largest share first.
    let importance: [(name: String, share: Double)]

    init(_ name: String, _ history: TrialHistory, metrics: [String], evidence: SelectionEvidence?) {
        self.name = name
        self.history = history
        self.metrics = metrics
        self.evidence = evidence
        known = history.losses
        scale = LossScale(known.map(\.loss))
        free = history.space.parameters.indices.filter { !history.space.parameters[$0].isConstant }
        importance = ParameterImportance.functionalANOVA(history)
    }

    var page: Page {
        let isSingle = history.directions.count == 1
        var sections = [isSingle ? Page.Section("History", historyPlot) : Page.Section("Pareto front", frontPlot)]
        if !importance.isEmpty {
            sections.append(
                Page.Section("Share of the variance that each parameter explains alone", importancePlot))
        }
        if !known.isEmpty, !free.isEmpty {
            sections.append(Page.Section("Parallel coordinates", parallelPlot))
            sections.append(Page.Section("Slices", Drawing.row(free.map(slicePlot))))
        }
        if importance.count > 1 { sections.append(Page.Section("Contour of the two that matter most", contourPlot)) }
        sections.append(Page.Section("Best trials", leadersTable))
        let counts = StudyText.states.map { state in
            "\(history.trials.count { $0.state == state }) \(state.rawValue)"
        }
        return Page(
            title: name, verdict: Page.Verdict(hasResult ? .plain : .open, headline),
            facts: ["\(history.trials.count) trials: \(counts.joined(separator: ", "))"]
                + (evidence.map(StudyText.sentences) ?? []), sections: sections)
    }

    private var hasResult: Bool { history.directions.count == 1 ? history.best != nil : !history.paretoFront.isEmpty }

    private var headline: String {
        guard history.directions.count == 1 else { return "\(history.paretoFront.count) trials on the Pareto front" }
        return history.best.map { "Best \(metrics[0]) \(brief($0.values[0])) in trial \($0.number)" }
            ?? "No complete trial"
    }

    func badness(_ loss: Double) -> Double { scale?.badness(loss) ?? 0 }
    func color(_ loss: Double) -> String { Frame.fill(Drawing.color(badness(loss))) }

    func tip(_ trial: Trial) -> String {
        let values = zip(metrics, trial.values).map { "\($0) \(brief($1))" }
        let parameters = history.space.assignments(trial.point).map { "\($0.0) = \(StudyText.value($0.1))" }
        return (["trial \(trial.number)"] + values + parameters).joined(separator: "\n")
    }

    /// Blue is good, orange is bad.
    static let goodToBad = Drawing.legend([("better", "f0"), ("worse", "f1")], isDots: true)

    private var leadersTable: HTML {
        let leaders = StudyText.leaders(history)
        let names = StudyText.shortNames(free.map { history.space.parameters[$0].name })
        let rows = leaders.map { trial in
            [String(trial.number)] + trial.values.map { fixed($0, 5) } + StudyText.values(trial, free, history.space)
        }
        return HTML.table(
            "best trials", ["trial"] + metrics + names, texts: rows, numeric: Set(0...(metrics.count + free.count)))
    }
}
