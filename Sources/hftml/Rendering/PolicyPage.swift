import Basics
import Documents
import NeuralNetworks
import ReinforcementLearning
import Workflows

/// A learned policy as one HTML file that needs nothing else: learning curve, comparison, and the policy beside the
/// best known one.
struct PolicyPage {
    private let outcome: TrainAgent.Outcome

    init(_ outcome: TrainAgent.Outcome) { self.outcome = outcome }

    var text: String {
        let recipe = outcome.recipe
        var sections = [("Learning", learningPlot + outcome.measures.indices.map(measurePlot).joined())]
        if let evaluation = outcome.evaluation {
            sections.append(
                (
                    "Return of \(evaluation.rows[0].statistics.returns.count) episodes, 95 % intervals",
                    comparisonPlot(evaluation)
                ))
            if !evaluation.curves.isEmpty {
                sections.append(("Learned (dots) and best known (line)", evaluation.curves.map(policyPlot).joined()))
            }
        }
        return HTMLPage.text(
            title: recipe.name,
            summary: [
                "\(recipe.agent.name), seed \(recipe.training.seed), \(outcome.steps) steps, run \(outcome.run.prefix(8))"
            ], sections: sections)
    }

    /// Nothing, half and all of the steps.
    private var stepTicks: [(Double, String)] {
        [0, outcome.steps / 2, outcome.steps].map {
            (
                Double($0),
                $0 >= 1_000_000 ? "\(fixed(Double($0) / 1e6, 1)) M" : $0 >= 10_000 ? "\($0 / 1_000) k" : String($0)
            )
        }
    }

    private var learningPlot: String {
        let points = outcome.curve.filter { $0.meanReturn.isFinite }
        var levels = points.map(\.meanReturn)
        let known = outcome.evaluation?.rows.dropFirst().map { ($0.name, $0.statistics.mean) } ?? []
        guard !levels.isEmpty else { return "<p>no episode ended</p>" }
        levels += known.map(\.1)
        let frame = SVG.Frame(
            width: 1040, height: 300, x: (0, Double(outcome.steps)), y: (levels.min() ?? 0, levels.max() ?? 1))
        let lines = known.map { name, value in
            "<path class=\"axis\" d=\"M\(frame.px(0)),\(frame.py(value))H\(frame.px(Double(outcome.steps)))\"/><text x=\"\(frame.px(Double(outcome.steps)))\" y=\"\(frame.py(value) - 4)\" text-anchor=\"end\">\(SVG.escaped(name))</text>"
        }
        return frame.svg(
            lines.joined() + SVG.path(points.map { (frame.px(Double($0.steps)), frame.py($0.meanReturn)) }),
            xLabel: "steps of environments; lines: what known policies earn when measured",
            yLabel: "return while learning", xTicks: stepTicks)
    }

    private func measurePlot(_ index: Int) -> String {
        let points = outcome.curve.map { (Double($0.steps), $0.measures[index]) }.filter { $0.1.isFinite }
        guard let low = points.map(\.1).min(), let high = points.map(\.1).max() else { return "" }
        let frame = SVG.Frame(width: 340, height: 200, x: (0, Double(outcome.steps)), y: (low, high))
        return frame.svg(
            SVG.path(points.map { (frame.px($0.0), frame.py($0.1)) }), xLabel: "steps",
            yLabel: outcome.measures[index].replacing("_", with: " "),
            xTicks: stepTicks)
    }

    private func comparisonPlot(_ evaluation: EvaluatePolicy.Outcome) -> String {
        let intervals = evaluation.rows.map(\.statistics.interval)
        let low = intervals.map(\.lower).min() ?? 0, high = intervals.map(\.upper).max() ?? 1
        // Names are written over the marks and need room on both sides.
        let room = (high - low) * 0.2
        let frame = SVG.Frame(
            width: 700, height: 60 + 34 * Double(evaluation.rows.count), x: (low - room, high + room),
            y: (-0.5, Double(evaluation.rows.count) - 0.5))
        let marks = evaluation.rows.enumerated().map { index, row -> String in
            let y = Double(evaluation.rows.count - 1 - index), interval = row.statistics.interval
            let tip = SVG.escaped(
                "\(row.name): \(SVG.label(row.statistics.mean)), \(SVG.label(interval.lower)) … \(SVG.label(interval.upper))"
            )
            return
                "<path class=\"best\" d=\"M\(frame.px(interval.lower)),\(frame.py(y))H\(frame.px(interval.upper))\"/>"
                + frame.dot(row.statistics.mean, y, color: SVG.color(row.kind == nil ? 0 : 1), tip: tip)
                + "<text x=\"\(frame.px(row.statistics.mean))\" y=\"\(frame.py(y) - 8)\" text-anchor=\"middle\">\(SVG.escaped(row.name))</text>"
        }
        return frame.svg(
            marks.joined(), xLabel: "return", yLabel: "",
            xTicks: [low, (low + high) / 2, high].map { ($0, SVG.label($0)) }, yTicks: [])
    }

    private func policyPlot(_ curve: PolicyCurve) -> String {
        let xs = curve.points.map(\.x), ys = curve.points.flatMap { [$0.learned, $0.optimal] }.filter(\.isFinite)
        guard let left = xs.min(), let right = xs.max(), let low = ys.min(), let high = ys.max() else { return "" }
        let frame = SVG.Frame(width: 500, height: 320, x: (left, right), y: (low, high))
        let dots = curve.points.map {
            frame.dot(
                $0.x, $0.learned, color: SVG.color(0),
                tip: SVG.escaped(
                    "\(curve.x) \(SVG.label($0.x)): learned \(SVG.label($0.learned)), best known \(SVG.label($0.optimal))"
                ))
        }
        let line = SVG.path(curve.points.filter { $0.optimal.isFinite }.map { (frame.px($0.x), frame.py($0.optimal)) })
        let ticks = [xs.first, xs[xs.count / 2], xs.last].compactMap { $0 }.map {
            ($0, $0 == $0.rounded() ? String(Int($0)) : SVG.label($0))
        }
        return
            "<figure>\(frame.svg(line + dots.joined(), xLabel: curve.x, yLabel: curve.y, xTicks: ticks))<figcaption>\(SVG.escaped(curve.title))</figcaption></figure>"
    }
}
