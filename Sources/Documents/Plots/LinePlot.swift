import Basics

/// Lines over one another, with a legend and points to hover over.
package struct LinePlot: Sendable {
    /// One line of a plot.
    package struct Series: Sendable {
        package let name: String
        /// By x; values that are not finite are left out.
        package let points: [(Double, Double)]

        package init(_ name: String, _ points: [(Double, Double)]) {
            self.name = name
            self.points = points.filter { $0.0.isFinite && $0.1.isFinite }
        }
    }

    package enum Scale: Sendable {
        case number, count
        /// Nanoseconds since 1970.
        case time
    }

    private let series: [Series]
    private let x: String
    private let y: String
    private let scale: Scale
    private let levels: [(name: String, value: Double)]

    /// - Parameters:
    ///   - x: what the x axis shows.
    ///   - levels: known values, drawn as level lines.
    package init(
        _ series: [Series], x: String, y: String, scale: Scale, levels: [(name: String, value: Double)] = []
    ) {
        self.series = series
        self.x = x
        self.y = y
        self.scale = scale
        self.levels = levels.filter { $0.value.isFinite }
    }

    /// The width of the page; nothing where there are no values.
    package var wide: HTML {
        guard !series.allSatisfy(\.points.isEmpty) else { return .empty }
        return Drawing.figure(Drawing.wide { drawing($0, height: 280) }, legend: legend)
    }

    /// Half the width of the page.
    package var half: HTML {
        guard !series.allSatisfy(\.points.isEmpty) else { return .empty }
        return Drawing.figure(HTML(made: drawing(.half, height: 260)), legend: legend)
    }

    private var legend: HTML {
        series.count < 2
            ? .empty : Drawing.legend(series.enumerated().map { ($0.element.name, "f\($0.offset % 8)") })
    }

    private func drawing(_ size: DrawingSize, height: Double) -> String {
        let points = series.flatMap(\.points), xs = points.map(\.0), ys = points.map(\.1) + levels.map(\.value)
        guard let low = xs.min(), let high = xs.max(), let bottom = ys.min(), let top = ys.max() else { return "" }
        let frame = Frame(size, height: height, x: axis(low, high, size), y: .numbers(bottom, top))
        var body = bottom < 0 && top > 0 ? frame.level(0) : ""
        body += levels.map { frame.level($0.value, $0.name) }.joined()
        for (index, item) in series.enumerated() {
            body += frame.line(thinned(item.points, Int(saturating: size.width)), "l\(index % 8)")
            // Not so many that they cover the line.
            let every = max(item.points.count / 60, 1)
            for (at, p) in item.points.enumerated() where at % every == 0 {
                let tip = "\(item.name), \(place(p.0)): \(shown(p.1))"
                body += frame.dot(p.0, p.1, "class=\"f\(index % 8)\"", radius: 3, tip: tip)
            }
        }
        return frame.svg(body, xLabel: x, yLabel: y, alternative: alternative)
    }

    private func axis(_ low: Double, _ high: Double, _ size: DrawingSize) -> Axis {
        switch scale {
        case .number: .numbers(low, high, count: Frame.ticks(size, letters: 6))
        case .count: .counts(low, high, count: Frame.ticks(size, letters: 5))
        case .time: .time(low, high, count: Frame.ticks(size, letters: 10))
        }
    }

    private func place(_ value: Double) -> String {
        switch scale {
        case .number: shown(value)
        case .count: fixed(value, 0)
        case .time: Axis.date(value)
        }
    }

    /// What the lines do, in words.
    private var alternative: String {
        let lines = series.compactMap { item -> String? in
            guard let first = item.points.first, let last = item.points.last else { return nil }
            let low = item.points.map(\.1).min() ?? first.1, high = item.points.map(\.1).max() ?? first.1
            return "\(item.name): from \(shown(first.1)) at \(place(first.0)) to \(shown(last.1)) at \(place(last.0)), "
                + "between \(shown(low)) and \(shown(high))"
        }
        let known = levels.map { "\($0.name): \(shown($0.value))" }
        return (["\(y) by \(x)"] + lines + known).joined(separator: ". ")
    }

    /// The first, least, greatest and last of every part of a long line: it looks the same and is a fraction as long.
    private func thinned(_ points: [(Double, Double)], _ parts: Int) -> [(Double, Double)] {
        guard points.count > 4 * parts else { return points }
        return (0..<parts).flatMap { part -> [(Double, Double)] in
            let slice = points[(points.count * part / parts)..<(points.count * (part + 1) / parts)]
            guard let first = slice.first, let last = slice.last,
                let low = slice.min(by: { $0.1 < $1.1 }), let high = slice.max(by: { $0.1 < $1.1 })
            else { return [] }
            return [first] + [low, high].sorted { $0.0 < $1.0 } + [last]
        }
    }
}
