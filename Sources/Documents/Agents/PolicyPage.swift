import Basics
import NeuralNetworks
import ReinforcementLearning
import Workflows

/// A learned policy for a browser: learning curve, comparison, and the policy beside the best known one.
struct PolicyPage {
    private let outcome: TrainAgent.Outcome

    init(_ outcome: TrainAgent.Outcome) { self.outcome = outcome }

    var page: Page {
        let recipe = outcome.recipe
        var sections = [Page.Section("Learning", learning)]
        if let evaluation = outcome.evaluation {
            sections.append(
                Page.Section(
                    Self.title(evaluation.rows[0].statistics.returns.count),
                    IntervalPlot(evaluation.rows).html))
            sections.append(Page.Section("Policies", Self.table(evaluation)))
            if !evaluation.curves.isEmpty {
                let legend = Drawing.legend([("learned (dots)", "f0"), ("best known (line)", "f1")])
                sections.append(
                    Page.Section(
                        "Learned and best known policy", legend + Drawing.row(evaluation.curves.map(Self.policyPlot))))
            }
        }
        return Page(
            title: recipe.name, verdict: verdict,
            facts: [
                "\(recipe.agent.name), seed \(recipe.training.seed), \(grouped(outcome.steps)) steps, "
                    + "run \(outcome.run.prefix(8))"
            ], sections: sections)
    }

    private static func title(_ episodes: Int) -> String {
        episodes == 1 ? "Return of one episode" : "Return of \(episodes) episodes, 95 % intervals"
    }

    private var verdict: Page.Verdict? {
        guard let evaluation = outcome.evaluation, let learned = evaluation.rows.first else { return nil }
        let statistics = learned.statistics
        let error = statistics.returns.count > 1 ? " ± \(shown(statistics.standardError))" : ""
        let earned = "Return \(shown(statistics.mean))\(error)"
        guard let share = evaluation.shareOfGap else { return Page.Verdict(.plain, earned) }
        return Page.Verdict(
            .plain, "\(earned): \(fixed(share * 100, 1)) % of what the best known policy has over the naive one")
    }

    private var learning: HTML {
        let points = outcome.curve.map { (Double($0.steps), $0.meanReturn) }
        guard points.contains(where: { $0.1.isFinite }) else { return HTML.paragraph("no episode ended") }
        let known = outcome.evaluation?.rows.dropFirst().map { (name: $0.name, value: $0.statistics.mean) } ?? []
        let main = LinePlot(
            [.init("return while learning", points)], x: "steps of environments", y: "return", scale: .count,
            levels: known)
        let measures = outcome.measures.enumerated().map { index, name in
            let points = outcome.curve.map { (Double($0.steps), $0.measures[index]) }
            let words = name.replacing("_", with: " ")
            return LinePlot([.init(words, points)], x: "steps", y: words, scale: .count).half
        }
        return main.wide + Drawing.row(measures)
    }

    private static func table(_ evaluation: EvaluatePolicy.Outcome) -> HTML {
        let rows = evaluation.rows.map { row in
            [
                row.kind.map { "\(row.name) (\($0.rawValue))" } ?? row.name, shown(row.statistics.mean),
                shown(row.statistics.standardError), shown(row.statistics.deviation),
            ] + row.statistics.measures.map { shown($0) }
        }
        return HTML.table(
            "policies", ["policy", "return", "± s.e.", "sd"] + evaluation.measureNames, texts: rows,
            numeric: Set(1...(3 + evaluation.measureNames.count)))
    }

    private static func policyPlot(_ curve: PolicyCurve) -> HTML {
        let xs = curve.points.map(\.x), ys = curve.points.flatMap { [$0.learned, $0.optimal] }.filter(\.isFinite)
        guard let left = xs.min(), let right = xs.max(), let low = ys.min(), let high = ys.max() else { return .empty }
        let frame = Frame(.half, height: 320, x: .numbers(left, right, count: 5), y: .numbers(low, high))
        // What the values of the axis stand for has no room below it.
        let name = curve.x.split(separator: " (", maxSplits: 1).first.map(String.init) ?? ""
        let caption = name == curve.x ? curve.title : "\(curve.title): \(curve.x)"
        let dots = curve.points.map { point in
            let values = "learned \(brief(point.learned)), best known \(brief(point.optimal))"
            return frame.dot(point.x, point.learned, "class=\"f0\"", tip: "\(name) \(brief(point.x)): \(values)")
        }
        let line = frame.line(curve.points.filter { $0.optimal.isFinite }.map { ($0.x, $0.optimal) }, "l1")
        let picture = frame.svg(
            line + dots.joined(), xLabel: name, yLabel: curve.y,
            alternative: "\(curve.title): \(curve.y) by \(curve.x), learned and best known")
        return Drawing.figure(HTML(made: picture), caption: caption)
    }
}
