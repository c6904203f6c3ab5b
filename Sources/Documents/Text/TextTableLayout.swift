/// A table laid out for a width: which columns stand in which line of a row, and how wide each is.
struct TextTableLayout {
    private let table: TextTable
    private let all: [[String]]
    private let natural: [Int]
    private let least: [Int]
    /// Columns of which the screen shows less than what may not be cut: they wrap between words.
    private let tooWide: Set<Int>
    private let width: Int?
    private static let gap = 2
    private static let indent = 4

    init(_ table: TextTable, width: Int?) {
        self.table = table
        self.width = width
        all = table.header.isEmpty ? table.rows : [table.header] + table.rows
        let count = all.map(\.count).max() ?? 0
        var natural = [Int](repeating: 0, count: count)
        for row in all {
            for (c, cell) in row.enumerated() { natural[c] = max(natural[c], DisplayWidth.columns(cell)) }
        }
        self.natural = natural
        var least = natural.indices.map { TextTableLayout.least($0, table, natural[$0]) }
        let room = width.map { $0 - Self.indent } ?? .max
        tooWide = Set(least.indices.filter { least[$0] > room })
        for column in tooWide {
            least[column] = TextTableLayout.longestWord(
                all.compactMap { $0.indices.contains(column) ? $0[column] : nil })
        }
        self.least = least
    }

    private static func longestWord(_ cells: [String]) -> Int {
        cells.lazy.flatMap { $0.split(separator: " ") }.map { DisplayWidth.columns($0) }.max() ?? 0
    }

    /// What must be seen of a column: all of what people copy, the title, and ten columns of prose.
    private static func least(_ column: Int, _ table: TextTable, _ natural: Int) -> Int {
        if column == 0 || table.rightAligned.contains(column) || table.kept.contains(column) { return natural }
        let exact =
            table.rows.lazy.compactMap { $0.indices.contains(column) ? $0[column] : nil }.filter(isCopied)
            .map(DisplayWidth.columns).max() ?? 0
        let title = table.header.indices.contains(column) ? DisplayWidth.columns(table.header[column]) : 0
        return min(natural, max(exact, title, 10))
    }

    /// Numbers, and single words that have a digit: ids, times, versions, digests.
    private static func isCopied(_ cell: String) -> Bool {
        if !cell.contains(where: \.isLetter) { return true }
        return cell.utf8.count <= 64 && !cell.contains(" ") && cell.contains(where: \.isNumber)
    }

    var text: String {
        guard !natural.isEmpty else { return "" }
        let lines = folded, widths = lines.map(fitted)
        var out: [String] = []
        for (index, row) in all.enumerated() {
            for (part, columns) in lines.enumerated() {
                // A further line in which nothing stands would only part the rows.
                out += written(row, columns, widths[part], isFirst: part == 0).filter { part == 0 || !$0.isEmpty }
            }
            if index == 0, !table.header.isEmpty {
                let lengths = widths.enumerated().map { part, widths -> Int in
                    let gaps = Self.gap * max(widths.count - 1, 0)
                    return widths.reduce(0, +) + gaps + (part == 0 ? 0 : Self.indent)
                }
                let longest = min(lengths.max() ?? 0, width ?? .max)
                out.append(String(repeating: "─", count: longest))
            }
        }
        return out.joined(separator: "\n")
    }

    /// Columns by line of a row; one line where they fit.
    private var folded: [[Int]] {
        guard let width else { return [Array(natural.indices)] }
        var lines: [[Int]] = [[]], used = 0
        for column in natural.indices {
            let more = least[column] + (lines[lines.count - 1].isEmpty ? 0 : Self.gap)
            if used + more > width, !lines[lines.count - 1].isEmpty {
                lines.append([])
                used = Self.indent
            }
            used += least[column] + (lines[lines.count - 1].isEmpty ? 0 : Self.gap)
            lines[lines.count - 1].append(column)
        }
        return lines
    }

    /// Widths of the columns of one line: the widest prose gives way first.
    private func fitted(_ columns: [Int]) -> [Int] {
        var widths = columns.map { natural[$0] }
        guard let width else { return widths }
        let room = width - (columns.first == 0 ? 0 : Self.indent) - Self.gap * (columns.count - 1)
        while widths.reduce(0, +) > room {
            let candidates = columns.indices.filter { widths[$0] > least[columns[$0]] }
            guard let widest = candidates.max(by: { widths[$0] < widths[$1] }) else { break }
            let next = candidates.filter { $0 != widest }.map { widths[$0] }.max() ?? 0
            let excess = widths.reduce(0, +) - room
            let down = max(1, min(excess, widths[widest] - max(next, least[columns[widest]])))
            widths[widest] -= down
        }
        return widths
    }

    /// One line of a row; several where a cell wraps.
    private func written(_ row: [String], _ columns: [Int], _ widths: [Int], isFirst: Bool) -> [String] {
        let margin = isFirst ? "" : String(repeating: " ", count: Self.indent)
        let present = columns.indices.filter { row.indices.contains(columns[$0]) }
        let cells = present.map { shown(row[columns[$0]], columns[$0], widths[$0]) }
        return (0..<(cells.map(\.count).max() ?? 1)).map { height in
            var line = margin
            for (place, index) in present.enumerated() {
                let cell = cells[place].indices.contains(height) ? cells[place][height] : ""
                let padding = String(repeating: " ", count: max(0, widths[index] - DisplayWidth.columns(cell)))
                if place > 0 { line += String(repeating: " ", count: Self.gap) }
                line += table.rightAligned.contains(columns[index]) ? padding + cell : cell + padding
            }
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
    }

    /// A cell in its column: as it is, in several lines, or cut with `…`.
    private func shown(_ cell: String, _ column: Int, _ width: Int) -> [String] {
        if tooWide.contains(column) {
            // As wide as its longest word, which may be more than the screen has for the others.
            let room = min(width, (self.width ?? .max) - Self.indent)
            return DisplayWidth.columns(cell) > room ? TextWrap.lines(cell, width: room) : [cell]
        }
        guard DisplayWidth.columns(cell) > width else { return [cell] }
        if table.wrapped.contains(column) || column == natural.count - 1 && width >= 16 {
            return TextWrap.lines(cell, width: width).flatMap { Self.broken($0, width) }
        }
        return [DisplayWidth.prefix(cell, width - 1) + "…"]
    }

    /// A word that is longer than its column goes on in the next line.
    private static func broken(_ word: String, _ width: Int) -> [String] {
        var parts: [String] = [], rest = word
        while DisplayWidth.columns(rest) > width {
            let part = DisplayWidth.prefix(rest, width)
            guard !part.isEmpty else { break }
            parts.append(part)
            rest.removeFirst(part.count)
        }
        return rest.isEmpty ? parts : parts + [rest]
    }
}
