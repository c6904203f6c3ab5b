import Basics
import Foundation
import HyperparameterSearch
import Workflows

/// A study as one HTML file that needs nothing else: history, what mattered, slices, contour, parallel coordinates, and
/// the front of several objectives.
struct StudyPage {
    private let name: String
    private let history: TrialHistory
    private let metrics: [String]
    private let evidence: SelectionEvidence?
    private let known: [(trial: Trial, loss: Double)]
    private let scale: LossScale?
    private let free: [Int]
    /// Largest share first.
    private let importance: [(name: String, share: Double)]

    init(_ name: String, _ history: TrialHistory, metrics: [String], evidence: SelectionEvidence?) {
        (self.name, self.history, self.metrics, self.evidence) = (name, history, metrics, evidence)
        known = history.losses
        scale = LossScale(known.map(\.loss))
        free = history.space.parameters.indices.filter { !history.space.parameters[$0].isConstant }
        importance = ParameterImportance.functionalANOVA(history)
    }

    var text: String {
        var sections: [(String, String)] = []
        if history.directions.count == 1 {
            sections.append(("History", historyPlot))
        } else {
            sections.append(("Pareto front", frontPlot))
        }
        if !importance.isEmpty {
            sections.append(("Share of the variance that each parameter explains alone", importancePlot))
        }
        sections.append(("Parallel coordinates", parallelPlot))
        sections.append(("Slices", free.map(slicePlot).joined()))
        if importance.count > 1 { sections.append(("Contour of the two that matter most", contourPlot)) }
        let counts = Trial.State.allCases.map { state in
            "\(history.trials.count { $0.state == state }) \(state.rawValue)"
        }.joined(separator: ", ")
        let best =
            history.directions.count == 1
            ? history.best.map { "best \(metrics[0]) \(SVG.label($0.values[0])) in trial \($0.number)" }
                ?? "no complete trial" : "\(history.paretoFront.count) trials on the Pareto front"
        return HTMLPage.text(
            title: name,
            summary: ["\(best) · \(history.trials.count) trials: \(counts)"]
                + (evidence.map(StudyText.sentences) ?? []), sections: sections)
    }

    private func badness(_ loss: Double) -> Double { scale?.badness(loss) ?? 0 }

    private func tip(_ trial: Trial) -> String {
        let values = zip(metrics, trial.values).map { "\($0) \(SVG.label($1))" }
        let parameters = history.space.assignments(trial.point).map { "\($0.0) = \(StudyText.value($0.1))" }
        return SVG.escaped((["trial \(trial.number)"] + values + parameters).joined(separator: "\n"))
    }

    private var historyPlot: String {
        guard let scale else { return "<p>no complete trial</p>" }
        let sign = history.directions[0].sign, span = [scale.best * sign, scale.worst * sign]
        let frame = SVG.Frame(
            width: 1040, height: 300, x: (0, Double(max(history.trials.count - 1, 1))),
            y: (span.min() ?? 0, span.max() ?? 0))
        let pruned = history.trials.compactMap { trial in
            trial.state == .pruned
                ? trial.reports.last.map {
                    "<circle class=\"pruned\" cx=\"\(frame.px(Double(trial.number)))\" cy=\"\(frame.py($0.value))\" r=\"3\"><title>\(tip(trial))\npruned at step \($0.step)</title></circle>"
                } : nil
        }
        let dots = known.map {
            frame.dot($0.trial.number, $0.loss * sign, color: SVG.color(badness($0.loss)), tip: tip($0.trial))
        }
        // A step: the best stays what it was until a trial beats it.
        let last = history.trials.count - 1
        let steps = history.bestSoFar.enumerated().map { at, best in
            at == 0
                ? "M\(frame.px(Double(best.number))),\(frame.py(best.value))"
                : "H\(frame.px(Double(best.number)))V\(frame.py(best.value))"
        }
        let path = steps.joined() + "H\(frame.px(Double(last)))"
        return frame.svg(
            pruned.joined() + dots.joined() + "<path class=\"best\" d=\"\(path)\"/>",
            xLabel: "trial (pruned ones are rings, at their last report)", yLabel: metrics[0],
            xTicks: [0, last / 2, last].map { (Double($0), String($0)) })
    }

    private var frontPlot: String {
        let points = history.measured
        guard points.count > 1 else { return "<p>fewer than two complete trials</p>" }
        let front = Set(history.paretoFront.map(\.number))
        let xs = points.map { $0.values[0] }, ys = points.map { $0.values[1] }
        let frame = SVG.Frame(
            width: 640, height: 420, x: (xs.min() ?? 0, xs.max() ?? 1), y: (ys.min() ?? 0, ys.max() ?? 1))
        return frame.svg(
            points.map {
                frame.dot(
                    $0.values[0], $0.values[1], color: front.contains($0.number) ? SVG.color(0) : SVG.color(1),
                    tip: tip($0))
            }.joined(), xLabel: metrics[0], yLabel: metrics[1])
    }

    private var importancePlot: String {
        let height = 22.0
        let bars = importance.enumerated().map { index, entry -> String in
            let y = Double(index) * height
            return
                "<text x=\"252\" y=\"\(y + 15)\" text-anchor=\"end\">\(SVG.escaped(entry.name))</text><rect x=\"260\" y=\"\(y + 4)\" width=\"\(max(entry.share, 0.002) * 600)\" height=\"14\" fill=\"\(SVG.color(0))\"/><text x=\"\(266 + entry.share * 600)\" y=\"\(y + 15)\">\(Int((entry.share * 100).rounded())) %</text>"
        }
        return
            "<svg width=\"1040\" height=\"\(Double(importance.count) * height)\" viewBox=\"0 0 1040 \(Double(importance.count) * height)\">\(bars.joined())</svg>"
    }

    /// Every value of a parameter that has few, else both ends and the middle.
    private func ticks(_ parameter: SearchParameter) -> [(Double, String)] {
        let units =
            parameter.count.map { count in
                count <= 4 ? (0..<count).map { (Double($0) + 0.5) / Double(count) } : [0, 0.5, 1]
            } ?? [0, 0.5, 1]
        return units.map { ($0, StudyText.value(parameter.json(parameter.value(unit: $0)))) }
    }

    private func slicePlot(_ index: Int) -> String {
        let parameter = history.space.parameters[index], sign = history.directions[0].sign
        let points = known.filter { !$0.trial.point[index].isNaN }
        guard let scale = LossScale(points.map(\.loss)) else { return "" }
        let span = [scale.best * sign, scale.worst * sign],
            frame = SVG.Frame(width: 320, height: 220, x: (0, 1), y: (span.min() ?? 0, span.max() ?? 0))
        let marks = ticks(parameter)
        return frame.svg(
            points.map {
                frame.dot(
                    parameter.unit(value: $0.trial.point[index]), $0.loss * sign, color: SVG.color(badness($0.loss)),
                    tip: tip($0.trial))
            }.joined(), xLabel: parameter.name,
            yLabel: metrics[0], xTicks: marks)
    }

    private var contourPlot: String {
        let axes = importance.prefix(2).compactMap { history.space.index(of: $0.name) }
        guard axes.count == 2 else { return "" }
        let points = known.filter { !$0.trial.point[axes[0]].isNaN && !$0.trial.point[axes[1]].isNaN }
        let parameters = axes.map { history.space.parameters[$0] }
        let units = points.map { entry in
            (
                parameters[0].unit(value: entry.trial.point[axes[0]]),
                parameters[1].unit(value: entry.trial.point[axes[1]])
            )
        }
        let frame = SVG.Frame(width: 520, height: 420, x: (0, 1), y: (0, 1))
        var cells = ""
        let n = 24
        let field = BadnessField(
            zip(units, points).map { (x: $0.0, y: $0.1, badness: badness($1.loss)) }, columns: n, rows: n)
        for i in 0..<n {
            for j in 0..<n {
                let left = frame.px(Double(i) / Double(n)), right = frame.px(Double(i + 1) / Double(n)),
                    top = frame.py(Double(j + 1) / Double(n)), bottom = frame.py(Double(j) / Double(n))
                cells +=
                    "<rect x=\"\(left)\" y=\"\(top)\" width=\"\(right - left + 0.5)\" height=\"\(bottom - top + 0.5)\" fill=\"\(SVG.color(field.values[j][i]))\" opacity=\".55\"/>"
            }
        }
        let dots = zip(units, points).map {
            frame.dot($0.0, $0.1, color: SVG.color(badness($1.loss)), tip: tip($1.trial))
        }.joined()
        return frame.svg(
            cells + dots, xLabel: parameters[0].name, yLabel: parameters[1].name, xTicks: ticks(parameters[0]),
            yTicks: ticks(parameters[1]))
    }

    private var parallelPlot: String {
        let width = 1040.0, height = 320.0, top = 34.0, bottom = 290.0
        let columns = free.count + 1
        guard columns > 1, !known.isEmpty else { return "" }
        func x(_ column: Int) -> Double { 70 + Double(column) * (width - 140) / Double(columns - 1) }
        func y(_ unit: Double) -> Double { bottom - unit * (bottom - top) }
        var body = ""
        let names = StudyText.shortNames(free.map { history.space.parameters[$0].name })
        for (column, index) in free.enumerated() {
            let parameter = history.space.parameters[index]
            body +=
                "<path class=\"axis\" d=\"M\(x(column)),\(top)V\(bottom)\"/><text x=\"\(x(column))\" y=\"\(column % 2 == 0 ? 12 : 26)\" text-anchor=\"middle\">\(SVG.escaped(names[column]))</text>"
            body +=
                "<text x=\"\(x(column))\" y=\"306\" text-anchor=\"middle\">\(SVG.escaped(StudyText.value(parameter.json(parameter.value(unit: 0)))))</text>"
            body +=
                "<text x=\"\(x(column) + 4)\" y=\"\(top + 10)\">\(SVG.escaped(StudyText.value(parameter.json(parameter.value(unit: 1)))))</text>"
        }
        body +=
            "<path class=\"axis\" d=\"M\(x(columns - 1)),\(top)V\(bottom)\"/><text x=\"\(x(columns - 1))\" y=\"12\" text-anchor=\"middle\">\(SVG.escaped(metrics[0]))</text>"
        // The best on top.
        for entry in known.sorted(by: { $0.loss > $1.loss }) {
            var places = free.enumerated().compactMap { column, index -> String? in
                entry.trial.point[index].isNaN
                    ? nil : "\(x(column)),\(y(history.space.parameters[index].unit(value: entry.trial.point[index])))"
            }
            places.append("\(x(columns - 1)),\(y(badness(entry.loss)))")
            body +=
                "<path class=\"trial\" stroke=\"\(SVG.color(badness(entry.loss)))\" d=\"M\(places.joined(separator: "L"))\"><title>\(tip(entry.trial))</title></path>"
        }
        return "<svg width=\"\(width)\" height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\">\(body)</svg>"
    }
}
