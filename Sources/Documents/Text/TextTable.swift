import Basics

/// Columns aligned for a terminal: text left, numbers right.
///
/// Without a width, lines are as long as they must be. With one, a table that is too wide first elides prose in its
/// text columns (`…`) and wraps the last one, then folds each row over several lines. Numbers, times, ids and names
/// with a digit, which people copy, are never cut, nor is anything in the first column; where they are wider than the
/// screen they wrap between words, and a longer word stands over.
package struct TextTable {
    private(set) var rows: [[String]] = []
    let header: [String]
    let rightAligned: Set<Int>
    let kept: Set<Int>
    let wrapped: Set<Int>

    /// - Parameters:
    ///   - rightAligned: columns of numbers.
    ///   - kept: further columns that are never cut.
    ///   - wrapped: columns that wrap instead of being cut, as the last one does.
    package init(_ header: [String], rightAligned: Set<Int> = [], kept: Set<Int> = [], wrapped: Set<Int> = []) {
        self.header = header.map { Escaping.terminal($0) }
        self.rightAligned = rightAligned
        self.kept = kept
        self.wrapped = wrapped
    }

    /// Control characters in cells are written out.
    package mutating func add(_ row: [String]) { rows.append(row.map { Escaping.terminal($0) }) }

    /// The table with lines of any length.
    package var text: String { text(width: nil) }

    package func text(_ style: TextStyle) -> String { text(width: style.tableWidth) }

    package func text(width: Int?) -> String { TextTableLayout(self, width: width).text }
}
