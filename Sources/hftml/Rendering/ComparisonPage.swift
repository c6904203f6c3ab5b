import Backtesting
import Basics
import Documents
import Registry
import Workflows

/// A comparison of two models as one HTML file that needs nothing else. A is blue, B is orange in every picture.
struct ComparisonPage {
    private let o: CompareModels.Outcome
    private static let colors = (a: "#2563a8", b: "#c2661a")

    init(_ outcome: CompareModels.Outcome) { o = outcome }

    var text: String {
        let d = o.detail
        var sections: [(String, String)] = [("Measures, A less B with 95 % intervals", forest)]
        if d.cumulativeLoss.count > 1 {
            let points = d.cumulativeLoss.map { (Double($0.time), $0.value) }
            sections.append(
                (
                    "Loss of A less that of B, summed over time: falling where A is better",
                    lines([SVG.Series("A less B", Self.colors.a, points)], x: "time", y: "sum", isTime: true)
                ))
        }
        if let e = d.equity {
            func series(_ r: BarBacktest.Result, _ values: [Double]) -> [(Double, Double)] {
                zip(r.days, values).map { (Double($0.daysSince1970) * 86_400e9, $1) }
            }
            sections.append(
                (
                    "After costs: value of one unit, and fall below its maximum",
                    lines(
                        [
                            SVG.Series("A", Self.colors.a, series(e.a, e.a.equity)),
                            SVG.Series("B", Self.colors.b, series(e.b, e.b.equity)),
                        ], x: "day", y: "value", isTime: true)
                        + lines(
                            [
                                SVG.Series("A", Self.colors.a, series(e.a, Self.underwater(e.a))),
                                SVG.Series("B", Self.colors.b, series(e.b, Self.underwater(e.b))),
                            ], x: "day", y: "drawdown",
                            isTime: true)
                ))
        }
        if !d.curves.isEmpty {
            let pictures = d.curves.map { curve in
                lines(
                    [
                        SVG.Series("A", Self.colors.a, curve.a.map { (Double($0.step), $0.value) }),
                        SVG.Series("B", Self.colors.b, curve.b.map { (Double($0.step), $0.value) }),
                    ], x: "epoch",
                    y: curve.name, width: 510)
            }
            sections.append(("Training", pictures.joined()))
        }
        if let c = d.calibration {
            sections.append(("Calibration: stated and observed probability", calibrationPlot(c)))
        }
        if d.instruments.count > 1 { sections.append(("\(d.metric) by instrument", pairs(d.instruments))) }
        if d.days.count > 1 { sections.append(("\(d.metric) by day", pairs(d.days))) }
        let differences =
            o.parameterDifferences.map { ($0.key, $0.a ?? "–", $0.b ?? "–") } + d.origins.map { ($0.what, $0.a, $0.b) }
        if !differences.isEmpty {
            sections.append(("What differs", table(["", "A", "B"], differences.map { [$0.0, $0.1, $0.2] })))
        }
        return HTMLPage.text(
            title: "\(o.a.reference) against \(o.b.reference)",
            summary: [
                "Verdict: \(o.verdict)",
                "A (blue) is run \(o.a.run.id.prefix(8)), B (orange) is run \(o.b.run.id.prefix(8)); \(o.samples) common samples, blocks of \(fixed(o.block, 1)) times",
            ],
            sections: sections)
    }

    private static func underwater(_ r: BarBacktest.Result) -> [Double] {
        var peak = 1.0
        return r.equity.map {
            peak = max(peak, $0)
            return $0 / peak - 1
        }
    }

    /// One line a measure; each scaled by its own interval, since measures have different units.
    private var forest: String {
        let height = 26.0, left = 170.0, width = 560.0, middle = left + width / 2
        var body = "<path class=\"axis\" d=\"M\(middle),4V\(Double(o.measures.count) * height + 4)\"/>"
        for (index, row) in o.measures.enumerated() {
            let d = row.difference, reach = max(abs(d.lower), abs(d.upper), 1e-300), y = Double(index) * height + 18
            func x(_ v: Double) -> Double { middle + v / reach * width * 0.46 }
            let color = row.sign > 0 ? Self.colors.a : row.sign < 0 ? Self.colors.b : "#8894a2"
            let label = "\(shown(d.estimate)) [\(shown(d.lower)) … \(shown(d.upper))]"
            body +=
                "<g><title>\(SVG.escaped("\(row.name): A \(shown(row.a.estimate)), B \(shown(row.b.estimate)), A less B \(label)"))</title>"
            body += "<text x=\"\(left - 12)\" y=\"\(y + 4)\" text-anchor=\"end\">\(SVG.escaped(row.name))</text>"
            body +=
                "<path stroke=\"\(color)\" stroke-width=\"3\" d=\"M\(x(d.lower)),\(y)H\(x(d.upper))\"/><circle cx=\"\(x(d.estimate))\" cy=\"\(y)\" r=\"5\" fill=\"\(color)\"/>"
            body +=
                "<text x=\"\(left + width + 12)\" y=\"\(y + 4)\">\(SVG.escaped(label)) \(row.sign > 0 ? "A" : row.sign < 0 ? "B" : "open")</text></g>"
        }
        let total = Double(o.measures.count) * height + 12
        return "<svg width=\"1040\" height=\"\(total)\" viewBox=\"0 0 1040 \(total)\">\(body)</svg>"
    }

    private func lines(_ series: [SVG.Series], x: String, y: String, isTime: Bool = false, width: Double = 1040)
        -> String
    {
        SVG.lines(series, x: x, y: y, width: width) {
            isTime ? CivilDate(daysSince1970: Int($0 / 86_400e9)).description : fixed($0, 0)
        }
    }

    private func calibrationPlot(_ c: (a: Calibration, b: Calibration)) -> String {
        let frame = SVG.Frame(width: 420, height: 380, x: (0, 1), y: (0, 1))
        var body = "<path class=\"axis\" d=\"M\(frame.px(0)),\(frame.py(0))L\(frame.px(1)),\(frame.py(1))\"/>"
        for (name, color, calibration) in [("A", Self.colors.a, c.a), ("B", Self.colors.b, c.b)] {
            let bins = calibration.bins.filter { $0.count > 0 }
            body += SVG.path(bins.map { (frame.px($0.stated), frame.py($0.observed)) }, color: color)
            for bin in bins {
                body += frame.dot(
                    bin.stated, bin.observed, color: color,
                    tip: "\(name): stated \(shown(bin.stated)), observed \(shown(bin.observed)) in \(bin.count) samples"
                )
            }
        }
        return frame.svg(body, xLabel: "stated", yLabel: "observed")
    }

    /// Both sides of every group, side by side.
    private func pairs(_ groups: [CompareModels.Group]) -> String {
        let values = groups.flatMap { [$0.a, $0.b] }
        guard let low = values.min(), let high = values.max() else { return "" }
        let frame = SVG.Frame(width: 1040, height: 260, x: (0, Double(groups.count - 1)), y: (low, high))
        var body = ""
        for (index, g) in groups.enumerated() {
            body += "<path class=\"axis\" d=\"M\(frame.px(Double(index))),\(frame.py(g.a))V\(frame.py(g.b))\"/>"
            body += frame.dot(
                index, g.a, color: Self.colors.a, tip: SVG.escaped("\(g.name), A: \(shown(g.a)) (\(g.samples) samples)")
            )
            body += frame.dot(
                index, g.b, color: Self.colors.b, tip: SVG.escaped("\(g.name), B: \(shown(g.b)) (\(g.samples) samples)")
            )
        }
        let step = max(groups.count / 10, 1)
        let ticks = groups.enumerated().filter { $0.offset % step == 0 }.map { (Double($0.offset), $0.element.name) }
        return frame.svg(body, xLabel: "", yLabel: o.detail.metric, xTicks: ticks)
    }

    private func table(_ header: [String], _ rows: [[String]]) -> String {
        "<table><tr>\(header.map { "<th>\(SVG.escaped($0))</th>" }.joined())</tr>\(rows.map { "<tr>\($0.map { "<td>\(SVG.escaped($0))</td>" }.joined())</tr>" }.joined())</table>"
    }
}
