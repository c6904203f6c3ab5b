/// Columns aligned for a terminal: text left, numbers right.
package struct TextTable {
    private var rows: [[String]] = []
    private let header: [String]
    private let rightAligned: Set<Int>

    package init(_ header: [String], rightAligned: Set<Int> = []) {
        self.header = header
        self.rightAligned = rightAligned
    }

    package mutating func add(_ row: [String]) { rows.append(row) }

    package var text: String {
        let all = header.isEmpty ? rows : [header] + rows
        var widths = [Int](repeating: 0, count: all.map(\.count).max() ?? 0)
        for row in all { for (index, cell) in row.enumerated() { widths[index] = max(widths[index], cell.count) } }
        var lines = all.map { row in
            let cells = row.enumerated().map { index, cell in
                let padding = String(repeating: " ", count: widths[index] - cell.count)
                return rightAligned.contains(index) ? padding + cell : cell + padding
            }
            var line = cells.joined(separator: "  ")
            while line.hasSuffix(" ") { line.removeLast() }
            return line
        }
        if !header.isEmpty {
            lines.insert(String(repeating: "─", count: widths.reduce(0, +) + 2 * max(widths.count - 1, 0)), at: 1)
        }
        return lines.joined(separator: "\n")
    }
}
