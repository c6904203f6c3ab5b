import Basics
import Workflows

/// A measure of two models by group, such as instruments or days: both sides of every group on one vertical.
struct GroupPlot {
    private let groups: [CompareModels.Group]
    private let measure: String
    private let by: String

    init(_ groups: [CompareModels.Group], measure: String, by: String) {
        self.groups = groups
        self.measure = measure
        self.by = by
    }

    var html: HTML {
        Drawing.figure(Drawing.wide(drawing), legend: Drawing.legend([("A", "f0"), ("B", "f1")], isDots: true))
    }

    private func drawing(_ size: DrawingSize) -> String {
        let values = groups.flatMap { [$0.a, $0.b] }.filter(\.isFinite)
        guard let low = values.min(), let high = values.max() else { return "" }
        let letters = groups.map { DisplayWidth.columns($0.name) }.max() ?? 0
        let step = max(
            1, Int(saturating: Axis.roundStep(Double(groups.count) / Double(Frame.ticks(size, letters: letters)))))
        let ticks = stride(from: 0, to: groups.count, by: step).map { Axis.Tick(Double($0), groups[$0].name) }
        let edge = max(0.5, Double(groups.count) * 0.02)
        let x = Axis(low: -edge, high: Double(groups.count - 1) + edge, ticks: ticks)
        let frame = Frame(size, height: 260, x: x, y: .numbers(low, high))
        var body = ""
        for (index, g) in groups.enumerated() {
            let at = Double(index)
            body +=
                "<path class=\"axis\" d=\"M\(Drawing.number(frame.px(at))),\(Drawing.number(frame.py(g.a)))"
                + "V\(Drawing.number(frame.py(g.b)))\"/>"
            let radius = groups.count > 120 ? 2.5 : 4
            for (side, name, value) in [(0, "A", g.a), (1, "B", g.b)] {
                let tip = "\(g.name), \(name): \(shown(value)) (\(g.samples) samples)"
                body += frame.dot(at, value, "class=\"f\(side)\"", radius: radius, tip: tip)
            }
        }
        return frame.svg(body, xLabel: by, yLabel: measure, alternative: alternative)
    }

    private var alternative: String {
        let higher = groups.count { $0.a > $0.b }
        return "\(measure) by \(by), \(groups.count) of them. A is higher in \(higher), B in "
            + "\(groups.count { $0.a < $0.b })"
    }
}
