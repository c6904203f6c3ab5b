import Basics
import Backtesting
import Workflows

/// One line a measure: the difference of two models with its interval. Each is scaled by its own interval, since
/// measures have different units; the middle is no difference.
struct ForestPlot {
    private let rows: [CompareModels.MeasureRow]

    init(_ rows: [CompareModels.MeasureRow]) { self.rows = rows }

    var html: HTML {
        let legend = Drawing.legend([("A is better", "f0"), ("B is better", "f1"), ("open", "fo")], isDots: true)
        return Drawing.figure(Drawing.wide(drawing), legend: legend)
    }

    private func drawing(_ size: DrawingSize) -> String {
        let isFull = size == .full, height = isFull ? 28.0 : 56
        let left = isFull ? 180.0 : 8, right = isFull ? 720.0 : size.width - 8, middle = (left + right) / 2
        let total = Double(rows.count) * height + 8
        var body = ""
        for (index, row) in rows.enumerated() {
            let top = Double(index) * height, y = top + (isFull ? 16 : 40), d = row.difference
            let reach = max(abs(d.lower), abs(d.upper), 1e-300)
            func x(_ value: Double) -> Double { middle + value / reach * (right - left) * 0.46 }
            let style = row.sign > 0 ? "0" : row.sign < 0 ? "1" : "o"
            let label = ForestPlot.label(row)
            let tip = "\(row.name): A \(shown(row.a.estimate)), B \(shown(row.b.estimate)), A less B \(label)"
            let y0 = Drawing.number(y)
            let (above, below) = (Drawing.number(y - (isFull ? 14 : 10)), Drawing.number(y + (isFull ? 14 : 10)))
            body += "<path class=\"axis\" stroke-dasharray=\"4 4\" d=\"M\(middle),\(above)V\(below)\"/>"
            body += "<g><title>\(Escaping.html(tip))</title>"
            if isFull {
                body += Drawing.text(row.name, x: left - 14, y: y + 4, anchor: "end", style: "name")
                body += Drawing.text(label, x: right + 14, y: y + 4)
            } else {
                body += Drawing.text(row.name, x: 0, y: top + 22, style: "name")
                body += Drawing.text(label, x: size.width, y: top + 22, anchor: "end")
            }
            body +=
                "<path class=\"l\(style)\" stroke-width=\"3\" "
                + "d=\"M\(Drawing.number(x(d.lower))),\(y0)H\(Drawing.number(x(d.upper)))\"/>"
            body += "<circle cx=\"\(Drawing.number(x(d.estimate)))\" cy=\"\(y0)\" r=\"5.5\" class=\"f\(style)\"/></g>"
        }
        let words = rows.map { "\($0.name): \(ForestPlot.label($0))" }.joined(separator: ". ")
        return Drawing.svg(size, height: total, alternative: "A less B by measure. \(words)", body)
    }

    private static func label(_ row: CompareModels.MeasureRow) -> String {
        let d = row.difference, better = row.sign > 0 ? "A" : row.sign < 0 ? "B" : "open"
        return "\(shown(d.estimate)) [\(shown(d.lower)) … \(shown(d.upper))] \(better)"
    }
}
