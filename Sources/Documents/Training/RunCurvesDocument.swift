package import Basics
package import Registry
package import Workflows

/// Metric histories of runs, a plot a metric.
package struct RunCurvesDocument: Document {
    private let runs: [RunRecord]
    private let curves: [ReadRuns.Curve]

    package init(runs: [RunRecord], curves: [ReadRuns.Curve]) {
        self.runs = runs
        self.curves = curves
    }

    package var body: JSONValue {
        let metrics = curves.map { curve in
            JSONValue.map([
                "metric": .string(curve.metric),
                "runs": .list(
                    curve.lines.map { line in
                        .map([
                            "run": .string(line.run.id),
                            "points": .list(line.points.map { .list([.int($0.step), .double($0.value)]) }),
                        ])
                    }),
            ])
        }
        return .map([("metrics", .list(metrics))])
    }

    package func text(_ style: TextStyle) -> String {
        curves.flatMap { curve in
            curve.lines.filter { !$0.points.isEmpty }.map { line in
                let title = Escaping.terminal("\(curve.metric)  \(line.run.name) \(line.run.id.prefix(8))")
                let points = line.points.map { (x: Double($0.step), y: $0.value) }
                return "\(style.wrapped(title, indent: 2))\n\(TextPlot.text(points, style))\n"
            }
        }.joined(separator: "\n")
    }

    package var page: Page {
        let sections = curves.map { curve in
            let lines = curve.lines.map { line in
                LinePlot.Series(
                    "\(line.run.name) \(line.run.id.prefix(8))", line.points.map { (Double($0.step), $0.value) })
            }
            return Page.Section(curve.metric, LinePlot(lines, x: "step", y: curve.metric, scale: .count).wide)
        }
        let title = runs.count == 1 ? "Run \(runs[0].name)" : "\(runs.count) runs"
        let facts = runs.map { "\($0.name), run \($0.id.prefix(8)), \($0.status.rawValue)" }
        return Page(title: title, facts: facts, sections: sections)
    }
}
