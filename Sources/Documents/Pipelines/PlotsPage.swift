import Basics
import Workflows

/// The plots of a workspace or of several revisions for a browser: lines, dots, bars, or a confusion matrix, as their
/// templates say.
struct PlotsPage {
    private let plots: [CompareValues.Plot]
    private let problems: [CompareValues.Problem]

    init(_ plots: [CompareValues.Plot], _ problems: [CompareValues.Problem]) {
        self.plots = plots
        self.problems = problems
    }

    var page: Page {
        var revisions: [String] = []
        for point in plots.flatMap(\.points) where !revisions.contains(point.revision) {
            revisions.append(point.revision)
        }
        let missing = problems.map { "\($0.file): \($0.text)" }
        return Page(
            title: "Plots", facts: ["\(plots.count) plots of \(revisions.joined(separator: ", "))"] + missing,
            sections: plots.map { Page.Section($0.title, picture($0)) })
    }

    private func picture(_ plot: CompareValues.Plot) -> HTML {
        switch plot.template {
        case "confusion", "confusion_normalized": confusion(plot)
        case "scatter", "scatter_jitter": points(plot)
        case "bar_horizontal", "bar_horizontal_sorted": bars(plot)
        default: lines(plot)
        }
    }

    /// Where a point stands; by its number where the column holds words.
    private static func place(_ point: CompareValues.Plot.Point, _ index: Int) -> Double {
        point.x.doubleValue ?? Double(index)
    }

    private func lines(_ plot: CompareValues.Plot) -> HTML {
        let series = plot.lines.map { line in
            LinePlot.Series(
                line.name,
                line.points.enumerated().compactMap { index, point in
                    point.y.doubleValue.map { (PlotsPage.place(point, index), $0) }
                })
        }
        let isCount = plot.points.allSatisfy { $0.x.intValue != nil }
        let picture = LinePlot(series, x: plot.xLabel, y: plot.yLabel, scale: isCount ? .count : .number).wide
        return picture == .empty ? HTML.paragraph("No numbers in '\(plot.yLabel)'.") : picture
    }

    private func points(_ plot: CompareValues.Plot) -> HTML {
        let series = plot.lines
        let all = series.flatMap { line in
            line.points.enumerated().compactMap { index, point -> (Double, Double)? in
                guard let y = point.y.doubleValue, y.isFinite else { return nil }
                let x = PlotsPage.place(point, index)
                return x.isFinite ? (x, y) : nil
            }
        }
        guard let left = all.map(\.0).min(), let right = all.map(\.0).max(), let low = all.map(\.1).min(),
            let high = all.map(\.1).max()
        else { return HTML.paragraph("No numbers in '\(plot.yLabel)'.") }
        let picture = Drawing.wide { size in
            let frame = Frame(
                size, height: 280, x: .numbers(left, right, count: Frame.ticks(size, letters: 6)),
                y: .numbers(low, high))
            var body = ""
            for (index, line) in series.enumerated() {
                for (number, point) in line.points.enumerated() {
                    guard let y = point.y.doubleValue, y.isFinite else { continue }
                    let x = PlotsPage.place(point, number)
                    body += frame.dot(
                        x, y, "class=\"f\(index % 8)\"", radius: 3, tip: "\(line.name), \(shown(x)): \(shown(y))")
                }
            }
            return frame.svg(
                body, xLabel: plot.xLabel, yLabel: plot.yLabel,
                alternative: "\(plot.yLabel) by \(plot.xLabel), \(all.count) points")
        }
        return Drawing.figure(picture, legend: legend(series))
    }

    private func legend(_ series: [CompareValues.Plot.Line]) -> HTML {
        series.count < 2
            ? .empty : Drawing.legend(series.enumerated().map { ($0.element.name, "f\($0.offset % 8)") }, isDots: true)
    }

    /// The horizontal axis of the data is the length of a bar, the vertical one its name.
    private func bars(_ plot: CompareValues.Plot) -> HTML {
        var all = plot.points.compactMap { point in point.x.doubleValue.map { (point, $0) } }.filter(\.1.isFinite)
        if plot.template.hasSuffix("sorted") { all.sort { $0.1 > $1.1 } }
        let isOne = Set(all.map(\.0.revision)).count == 1
        let longest = max(all.map { abs($0.1) }.max() ?? 0, .leastNormalMagnitude)
        let rows = all.map { point, value -> [HTML] in
            let name = point.y.stringValue ?? point.y.text(.compact)
            let width = Drawing.number(abs(value) / longest * 300)
            let bar =
                "<svg width=\"300\" height=\"14\" role=\"img\" aria-label=\"\(Escaping.html(shown(value)))\">"
                + "<rect class=\"f\(value < 0 ? 1 : 0)\" width=\"\(width)\" height=\"14\"/></svg>"
            return [HTML.text(isOne ? name : "\(name) (\(point.revision))"), HTML(made: bar), HTML.text(shown(value))]
        }
        return HTML.table(plot.title, [plot.yLabel, "", plot.xLabel], rows, numeric: [2])
    }

    /// How often each pair of classes occurs, for every revision; of a row in sum one when normalised.
    private func confusion(_ plot: CompareValues.Plot) -> HTML {
        func name(_ value: JSONValue) -> String { value.stringValue ?? value.text(.compact) }
        let classes = Set(plot.points.flatMap { [name($0.x), name($0.y)] }).sorted()
        guard classes.count <= 200 else { return HTML.paragraph("\(classes.count) classes are too many to draw.") }
        return plot.lines.map { line -> HTML in
            var counts: [String: [String: Int]] = [:]
            for point in line.points { counts[name(point.x), default: [:]][name(point.y), default: 0] += 1 }
            let sums = counts.mapValues { $0.values.reduce(0, +) }, most = counts.values.flatMap(\.values).max() ?? 1
            let isNormalized = plot.template == "confusion_normalized"
            let rows = classes.map { actual in
                [HTML.text(actual)]
                    + classes.map { predicted -> HTML in
                        let count = counts[actual]?[predicted] ?? 0
                        let share = Double(count) / Double(isNormalized ? max(sums[actual] ?? 1, 1) : max(most, 1))
                        let text = isNormalized ? fixed(share, 2) : "\(count)"
                        let square =
                            "<svg width=\"14\" height=\"14\" aria-hidden=\"true\"><rect class=\"f0\" width=\"14\" "
                            + "height=\"14\" fill-opacity=\"\(fixed(share, 2))\"/></svg> "
                        return HTML(made: square) + HTML.text(text)
                    }
            }
            return HTML.paragraph("\(line.name): rows are \(plot.xLabel), columns are \(plot.yLabel)")
                + HTML.table(plot.title, [plot.xLabel] + classes, rows, numeric: Set(1...max(classes.count, 1)))
        }.joined()
    }
}
