import Documents
extension SVG {
    /// One line of a plot.
    struct Series {
        let name: String
        let color: String
        /// By x; values that are not finite are left out.
        let points: [(Double, Double)]

        init(_ name: String, _ color: String, _ points: [(Double, Double)]) {
            (self.name, self.color, self.points) = (name, color, points.filter { $0.1.isFinite })
        }
    }

    /// Several lines over one another, with points to hover over; nothing where there are no values.
    ///
    /// - Parameter label: what a place on the x axis is called.
    static func lines(_ series: [Series], x: String, y: String, width: Double = 1040, label: (Double) -> String)
        -> String
    {
        let points = series.flatMap(\.points)
        guard let low = points.map(\.0).min(), let high = points.map(\.0).max(), let bottom = points.map(\.1).min(),
            let top = points.map(\.1).max()
        else { return "" }
        let frame = Frame(width: width, height: 240, x: (low, high), y: (bottom, top))
        var body =
            bottom < 0 && top > 0
            ? "<path class=\"axis\" d=\"M\(frame.px(low)),\(frame.py(0))H\(frame.px(high))\"/>" : ""
        for item in series {
            body += path(item.points.map { (frame.px($0.0), frame.py($0.1)) }, color: item.color)
            // Not so many that they cover the line.
            for (index, p) in item.points.enumerated() where index % max(item.points.count / 60, 1) == 0 {
                body +=
                    "<circle cx=\"\(frame.px(p.0))\" cy=\"\(frame.py(p.1))\" r=\"3\" fill=\"\(item.color)\"><title>\(escaped("\(item.name), \(label(p.0)): \(shown(p.1))"))</title></circle>"
            }
        }
        return frame.svg(body, xLabel: x, yLabel: y, xTicks: [low, (low + high) / 2, high].map { ($0, label($0)) })
    }

    /// A line through points of the picture, in a colour of its own.
    static func path(_ points: [(Double, Double)], color: String) -> String {
        "<path fill=\"none\" stroke=\"\(color)\" stroke-width=\"2\" d=\"\(steps(points))\"/>"
    }
}
