import Basics

/// A plot area with axes, a grid and labels.
package struct Frame {
    package let size: DrawingSize
    package let height: Double
    package let x: Axis
    package let y: Axis
    private let left: Double
    private let bottom = 46.0
    private let top = 12.0
    private let right = 12.0

    package init(_ size: DrawingSize, height: Double, x: Axis, y: Axis) {
        self.size = size
        self.height = height
        self.x = x
        self.y = y
        let letters = y.ticks.map { DisplayWidth.columns($0.label) }.max() ?? 0
        left = 30 + Double(letters) * size.digit
    }

    /// The place of a value in the picture.
    package func px(_ value: Double) -> Double { left + clamped(x.share(value)) * (size.width - left - right) }
    package func py(_ value: Double) -> Double {
        height - bottom - clamped(y.share(value)) * (height - bottom - top)
    }

    /// What lies outside is drawn at the edge.
    private func clamped(_ share: Double) -> Double { share.isFinite ? min(max(share, 0), 1) : 0 }

    /// - Parameters:
    ///   - paint: a colour as an attribute, as from ``fill(_:)`` or `class="f0"`.
    ///   - tip: shown when the mouse is over it.
    func dot(_ a: Double, _ b: Double, _ paint: String, radius: Double = 4, tip: String) -> String {
        let place = "cx=\"\(Drawing.number(px(a)))\" cy=\"\(Drawing.number(py(b)))\" r=\"\(Drawing.number(radius))\""
        return "<circle \(place) \(paint)><title>\(Escaping.html(tip))</title></circle>"
    }

    static func fill(_ color: String) -> String { "fill=\"\(color)\"" }

    func line(_ points: [(Double, Double)], _ style: String) -> String {
        "<path class=\"curve \(style)\" d=\"\(Drawing.steps(points.map { (px($0.0), py($0.1)) }))\"/>"
    }

    /// A level line over the whole width, with its name at the right end.
    func level(_ value: Double, _ name: String? = nil) -> String {
        let path =
            "<path class=\"axis\" stroke-dasharray=\"4 4\" d=\"M\(Drawing.number(px(x.low))),"
            + "\(Drawing.number(py(value)))H\(Drawing.number(px(x.high)))\"/>"
        // Above the line, or below it where that would be outside.
        let place = py(value) - 5 < 18 ? py(value) + 16 : py(value) - 5
        let text = name.map { Drawing.text($0, x: px(x.high), y: place, anchor: "end", style: "name") } ?? ""
        return path + text
    }

    func svg(_ body: String, xLabel: String, yLabel: String, alternative: String) -> String {
        let floor = height - bottom, end = size.width - right
        var axes = ""
        for tick in y.ticks {
            let at = Drawing.number(py(tick.value))
            axes += "<path class=\"grid\" d=\"M\(Drawing.number(left)),\(at)H\(Drawing.number(end))\"/>"
            axes += Drawing.text(tick.label, x: left - 7, y: py(tick.value) + 4.5, anchor: "end")
        }
        axes +=
            "<path class=\"axis\" d=\"M\(Drawing.number(left)),\(Drawing.number(top))V\(Drawing.number(floor))"
            + "H\(Drawing.number(end))\"/>"
        axes += xTicks(floor: floor, end: end)
        axes += Drawing.text(
            fitted(xLabel, end - left), x: (left + end) / 2, y: height - 7, anchor: "middle", style: "name")
        if !yLabel.isEmpty {
            let middle = Drawing.number((top + floor) / 2)
            axes +=
                "<text class=\"name\" x=\"15\" y=\"\(middle)\" text-anchor=\"middle\" "
                + "transform=\"rotate(-90 15 \(middle))\">\(Escaping.html(fitted(yLabel, floor - top)))</text>"
        }
        return Drawing.svg(size, height: height, alternative: alternative, axes + body)
    }

    /// A name that has so much room, cut with `…` where it is longer.
    private func fitted(_ name: String, _ room: Double) -> String {
        TextStyle.fitted(name, Int(saturating: room / size.letter) + 1)
    }

    /// Labels that would touch the one before are left out.
    private func xTicks(floor: Double, end: Double) -> String {
        var out = "", free = 0.0
        for tick in x.ticks {
            let half = Double(DisplayWidth.columns(tick.label)) * size.letter / 2, at = px(tick.value)
            // At the ends, into the picture.
            let start = min(max(at - half, 2), size.width - 2 - 2 * half)
            let mark = "M\(Drawing.number(at)),\(Drawing.number(floor))v4"
            out += "<path class=\"axis\" d=\"\(mark)\"/>"
            guard start >= free else { continue }
            out += Drawing.text(tick.label, x: start + half, y: floor + 18, anchor: "middle")
            free = start + 2 * half + size.letter
        }
        return out
    }

    /// How many labels of so many letters the x axis has room for.
    static func ticks(_ size: DrawingSize, letters: Int) -> Int {
        max(2, Int(saturating: (size.width - 90) / (Double(letters + 3) * size.letter)))
    }
}
