import ReinforcementLearning
import Workflows

/// The mean return of every policy with its 95 % interval, a row each: the learned one against those its task knows.
struct IntervalPlot {
    private let rows: [EvaluatePolicy.Row]

    init(_ rows: [EvaluatePolicy.Row]) { self.rows = rows }

    var html: HTML {
        Drawing.figure(
            HTML(made: drawing), legend: Drawing.legend([("learned", "f0"), ("known", "f1")], isDots: true))
    }

    private var drawing: String {
        let intervals = rows.map(\.statistics.interval)
        let low = intervals.map(\.lower).min() ?? 0, high = intervals.map(\.upper).max() ?? 1
        let y = Axis(low: -0.6, high: Double(rows.count) - 0.3, ticks: [])
        let frame = Frame(.half, height: 66 + 46 * Double(rows.count), x: .numbers(low, high, margin: 0.06), y: y)
        let marks = rows.enumerated().map { index, row -> String in
            let at = Double(rows.count - 1 - index), interval = row.statistics.interval
            let series = row.kind == nil ? 0 : 1
            let values = "\(brief(row.statistics.mean)), \(brief(interval.lower)) … \(brief(interval.upper))"
            // Names stand over the marks, inside the picture.
            let half = Double(DisplayWidth.columns(row.name)) * DrawingSize.half.letter / 2
            let middle = min(max(frame.px(row.statistics.mean), half + 40), 508 - half)
            return frame.line([(interval.lower, at), (interval.upper, at)], "l\(series)")
                + frame.dot(row.statistics.mean, at, "class=\"f\(series)\"", tip: "\(row.name): \(values)")
                + Drawing.text(row.name, x: middle, y: frame.py(at) - 10, anchor: "middle", style: "name")
        }
        let words = rows.map { "\($0.name): \(brief($0.statistics.mean))" }.joined(separator: ". ")
        return frame.svg(marks.joined(), xLabel: "return", yLabel: "", alternative: "Return by policy. \(words)")
    }
}
