import Basics

/// A plot of a line and of dots for a terminal, in Braille dots: two columns and four rows of them in every character.
enum TextPlot {
    /// Columns of a plot that has labels of so many columns at its left.
    static func width(_ style: TextStyle, labels: Int, atMost most: Int = 64) -> Int {
        max(8, min(most, (style.width ?? 80) - labels - 2))
    }

    /// - Parameters:
    ///   - line: by x; values that are not finite are left out.
    ///   - dots: points that no line joins.
    ///   - range: the ends of the x axis; those of the points where nil.
    ///   - ends: what is written at both ends of the x axis, in place of the numbers.
    static func text(
        _ line: [(x: Double, y: Double)], dots: [(x: Double, y: Double)] = [], _ style: TextStyle,
        atMost most: Int = 64, height: Int = 12, range: ClosedRange<Double>? = nil, ends: (String, String)? = nil
    ) -> String {
        let finite = line.filter { $0.x.isFinite && $0.y.isFinite },
            loose = dots.filter { $0.x.isFinite && $0.y.isFinite }, all = finite + loose
        guard let least = all.map(\.x).min(), let greatest = all.map(\.x).max(), let low = all.map(\.y).min(),
            let high = all.map(\.y).max()
        else { return "" }
        let left = range?.lowerBound ?? least, right = range?.upperBound ?? greatest
        let labels = [high, high / 2 + low / 2, low].map { shown($0) }, margin = labels.map(\.count).max() ?? 0
        let width = Self.width(style, labels: margin, atMost: most)
        var cells = [[UInt32]](repeating: [UInt32](repeating: 0, count: width), count: height)
        // Dots of one character, by row and column, as Unicode numbers them.
        let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
        func set(_ x: Int, _ y: Int) { cells[y / 4][x / 2] |= bits[y % 4][x % 2] }
        func column(_ x: Double) -> Int { place(x, left, right, width * 2) }
        func row(_ y: Double) -> Int { place(-y, -high, -low, height * 4) }
        var before: (x: Int, y: Int)?
        for p in finite {
            let here = (x: column(p.x), y: row(p.y))
            if let before {
                let steps = max(abs(here.x - before.x), abs(here.y - before.y), 1)
                for s in 0...steps {
                    set(before.x + (here.x - before.x) * s / steps, before.y + (here.y - before.y) * s / steps)
                }
            } else {
                set(here.x, here.y)
            }
            before = here
        }
        // Two dots side by side: one alone is hard to see.
        for p in loose { for x in [column(p.x) & ~1, column(p.x) | 1] { set(x, row(p.y)) } }
        func label(_ line: Int) -> String {
            let text = line == 0 ? labels[0] : line == height / 2 ? labels[1] : line == height - 1 ? labels[2] : ""
            return String(repeating: " ", count: margin - text.count) + text
        }
        var lines = cells.enumerated().map { index, cells in
            "\(label(index)) ┤" + String(String.UnicodeScalarView(cells.compactMap { Unicode.Scalar(0x2800 + $0) }))
        }
        lines.append(axis(ends ?? (shown(left), shown(right)), width: width, margin: margin))
        return lines.joined(separator: "\n")
    }

    /// What stands under a plot: the names of its ends, each in its half.
    static func axis(_ ends: (String, String), width: Int, margin: Int) -> String {
        let (first, last) = (name(ends.0, (width - 1) / 2), name(ends.1, (width - 1) / 2))
        let gap = width - DisplayWidth.columns(first) - DisplayWidth.columns(last)
        return String(repeating: " ", count: margin + 2) + first + String(repeating: " ", count: max(gap, 1)) + last
    }

    /// A name that has so many columns, cut with `…` where it is longer.
    static func name(_ text: String, _ columns: Int) -> String { TextStyle.fitted(text, columns + 1) }

    /// Which of so many dots a value is nearest to, the first at the lower end; the middle one where all are equal.
    private static func place(_ value: Double, _ low: Double, _ high: Double, _ count: Int) -> Int {
        // Halved: the span of two finite numbers need not be finite.
        let span = high / 2 - low / 2
        guard span > 0 else { return count / 2 }
        return Int(saturating: min(max((value / 2 - low / 2) / span, 0), 1) * Double(count - 1) + 0.5)
    }
}
