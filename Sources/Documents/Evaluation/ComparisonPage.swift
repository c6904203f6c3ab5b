import Backtesting
import Basics
import Registry
import Workflows

/// A comparison of two models for a browser. A is the first colour, B the second in every picture.
struct ComparisonPage {
    private let o: CompareModels.Outcome

    init(_ outcome: CompareModels.Outcome) { o = outcome }

    var page: Page {
        let d = o.detail
        var sections = [Page.Section("Measures, A less B with 95 % intervals", ForestPlot(o.measures).html)]
        if d.cumulativeLoss.count > 1 {
            let points = d.cumulativeLoss.map { (Double($0.time), $0.value) }
            sections.append(
                Page.Section(
                    "Loss of A less that of B, summed over time: falling where A is better",
                    LinePlot([.init("A less B", points)], x: "time", y: "sum", scale: .time).wide))
        }
        if let e = d.equity { sections.append(Self.equity(e.a, e.b)) }
        if !d.curves.isEmpty {
            let plots = d.curves.map { curve in
                let (a, b) = (curve.a, curve.b)
                return LinePlot(
                    [
                        .init("A", a.map { (Double($0.step), $0.value) }),
                        .init("B", b.map { (Double($0.step), $0.value) }),
                    ], x: "epoch", y: curve.name, scale: .count
                ).half
            }
            sections.append(Page.Section("Training", Drawing.row(plots)))
        }
        if let c = d.calibration {
            sections.append(Page.Section("Calibration: stated and observed probability", Self.calibration(c.a, c.b)))
        }
        for (name, groups) in [("instrument", d.instruments), ("day", d.days)] where groups.count > 1 {
            let plot = GroupPlot(groups, measure: d.metric, by: name).html
            sections.append(Page.Section("\(d.metric) by \(name)", plot))
        }
        let differences = ComparisonText.differences(o)
        if !differences.isEmpty {
            sections.append(
                Page.Section(
                    "What differs",
                    HTML.table("what differs", ["", "A", "B"], differences.map { $0.map(HTML.text) }, style: "sides")))
        }
        return Page(
            title: "\(o.a.reference) against \(o.b.reference)",
            verdict: Page.Verdict(o.isDifferent ? .plain : .open, o.verdict),
            facts: [
                "A (blue) is run \(o.a.run.id.prefix(8)), B (orange) is run \(o.b.run.id.prefix(8)); "
                    + "\(o.samples) common samples, blocks of \(fixed(o.block, 1)) times"
            ], sections: sections)
    }

    private static func equity(_ a: BarBacktest.Result, _ b: BarBacktest.Result) -> Page.Section {
        func series(_ r: BarBacktest.Result, _ values: [Double]) -> [(Double, Double)] {
            zip(r.days, values).map { (Double($0.daysSince1970) * 86_400e9, $1) }
        }
        let value = LinePlot(
            [.init("A", series(a, a.equity)), .init("B", series(b, b.equity))], x: "day", y: "value", scale: .time)
        let drawdown = LinePlot(
            [.init("A", series(a, underwater(a))), .init("B", series(b, underwater(b)))], x: "day", y: "drawdown",
            scale: .time)
        return Page.Section(
            "After costs: value of one unit, and drawdown from its maximum", value.wide + drawdown.wide)
    }

    private static func underwater(_ r: BarBacktest.Result) -> [Double] {
        var peak = 1.0
        return r.equity.map {
            peak = max(peak, $0)
            return $0 / peak - 1
        }
    }

    private static func calibration(_ a: Calibration, _ b: Calibration) -> HTML {
        let axis = Axis.numbers(0, 1, count: 5)
        let frame = Frame(.half, height: 400, x: axis, y: axis)
        var body =
            "<path class=\"axis\" stroke-dasharray=\"4 4\" d=\"M\(Drawing.number(frame.px(0))),"
            + "\(Drawing.number(frame.py(0)))L\(Drawing.number(frame.px(1))),\(Drawing.number(frame.py(1)))\"/>"
        for (index, name, calibration) in [(0, "A", a), (1, "B", b)] {
            let bins = calibration.bins.filter { $0.count > 0 }
            body += frame.line(bins.map { ($0.stated, $0.observed) }, "l\(index)")
            for bin in bins {
                let tip =
                    "\(name): stated \(shown(bin.stated)), observed \(shown(bin.observed)) in \(bin.count) samples"
                body += frame.dot(bin.stated, bin.observed, "class=\"f\(index)\"", tip: tip)
            }
        }
        let alternative =
            "Observed by stated probability; the dashed line is perfect calibration. Expected calibration error: "
            + "A \(shown(a.expectedError)), B \(shown(b.expectedError))"
        let picture = frame.svg(body, xLabel: "stated", yLabel: "observed", alternative: alternative)
        return Drawing.figure(HTML(made: picture), legend: Drawing.legend([("A", "f0"), ("B", "f1")]))
    }
}
