/// A plot of a line and of dots for a terminal, in Braille dots: two columns and four rows of them in every character.
enum TextPlot {
    /// Columns of a plot that leaves room for the labels at its left.
    static func width(_ style: TextStyle, atMost most: Int = 64) -> Int { max(16, min(most, (style.width ?? 80) - 14)) }

    /// - Parameters:
    ///   - line: by x; values that are not finite are left out.
    ///   - dots: points that no line joins.
    ///   - range: the ends of the x axis; those of the points where nil.
    ///   - ends: what is written at both ends of the x axis, in place of the numbers.
    static func text(
        _ line: [(x: Double, y: Double)], dots: [(x: Double, y: Double)] = [], width: Int = 64, height: Int = 12,
        range: ClosedRange<Double>? = nil, ends: (String, String)? = nil
    ) -> String {
        let finite = line.filter { $0.x.isFinite && $0.y.isFinite },
            loose = dots.filter { $0.x.isFinite && $0.y.isFinite }, all = finite + loose
        guard let least = all.map(\.x).min(), let most = all.map(\.x).max(), let low = all.map(\.y).min(),
            let high = all.map(\.y).max()
        else { return "" }
        let left = range?.lowerBound ?? least, right = range?.upperBound ?? most
        var cells = [[UInt32]](repeating: [UInt32](repeating: 0, count: width), count: height)
        // Dots of one character, by row and column, as Unicode numbers them.
        let bits: [[UInt32]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
        func set(_ x: Int, _ y: Int) { cells[y / 4][x / 2] |= bits[y % 4][x % 2] }
        func column(_ x: Double) -> Int {
            right > left
                ? min(max(Int((x - left) / (right - left) * Double(width * 2 - 1) + 0.5), 0), width * 2 - 1) : width
        }
        func row(_ y: Double) -> Int {
            high > low ? min(Int((high - y) / (high - low) * Double(height * 4 - 1) + 0.5), height * 4 - 1) : height * 2
        }
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
        let labels = [shown(high), shown((high + low) / 2), shown(low)], margin = labels.map(\.count).max() ?? 0
        func label(_ line: Int) -> String {
            let text = line == 0 ? labels[0] : line == height / 2 ? labels[1] : line == height - 1 ? labels[2] : ""
            return String(repeating: " ", count: margin - text.count) + text
        }
        var lines = cells.enumerated().map { index, cells in
            "\(label(index)) ┤" + String(String.UnicodeScalarView(cells.compactMap { Unicode.Scalar(0x2800 + $0) }))
        }
        let ends = ends ?? (shown(left), shown(right))
        lines.append(
            String(repeating: " ", count: margin + 2) + ends.0
                + String(repeating: " ", count: max(width - ends.0.count - ends.1.count, 1)) + ends.1)
        return lines.joined(separator: "\n")
    }
}
