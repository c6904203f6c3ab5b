import Basics

/// Rows of a bar file that passed, and the issues of those that did not: what readers of all formats fill.
struct BarCollector {
    var table: BarTable
    private let path: String
    private var issues: [RowIssue] = []
    private var counts: [RowIssue.Kind: Int] = [:]
    private var lines: [Int32] = []

    /// Issues that are kept in full; beyond it only their number is.
    static let issueLimit = 20

    init(_ table: BarTable, path: String) { (self.table, self.path) = (table, path) }

    private var issueCount: Int { counts.values.reduce(0, +) }

    mutating func append(_ bar: Bar, line: Int) {
        table.append(bar)
        lines.append(Int32(clamping: line))
    }

    /// Notes a faulty row, which is left out.
    mutating func report(
        _ line: Int, _ column: Int, _ reason: String, kind: RowIssue.Kind = .value, scale: RowIssue.Scale? = nil
    ) {
        report(
            RowIssue(
                kind, mark: SourceMark(file: path, line: line, column: column), reason: reason, action: "left out",
                scale: scale))
    }

    mutating func report(_ issue: RowIssue) {
        counts[issue.kind, default: 0] += 1
        if issues.count < BarCollector.issueLimit { issues.append(issue) }
    }

    /// Puts the rows in order of time and says what was noticed.
    ///
    /// - Throws: ``MarketDataError`` for any issue in strict mode.
    mutating func finish(mode: MarketSpec.Mode) throws -> BarReading {
        var notes: [String] = []
        if isReversed {
            table = table.selecting(Array((0..<table.count).reversed()))
            lines.reverse()
            notes.append("\(path): rows run from newest to oldest; they were turned around")
        }
        removeDisorder()
        if mode == .strict, issueCount > 0 {
            for index in issues.indices { issues[index].action = "" }
            throw MarketDataError(file: path, issues: issues, total: issueCount)
        }
        if issueCount > issues.count {
            notes.append("\(path): \(issueCount - issues.count) more faulty rows were left out")
        }
        return BarReading(table: table, issues: issues, issueCounts: counts, notes: notes, lines: lines)
    }

    private var isReversed: Bool {
        table.count > 1 && zip(table.time, table.time.dropFirst()).allSatisfy { $0 > $1 }
    }

    /// Time must increase; a row that does not is faulty.
    private mutating func removeDisorder() {
        var keep: [Int] = []
        var last = Nanoseconds.min
        for index in 0..<table.count {
            if table.time[index] > last {
                keep.append(index)
                last = table.time[index]
            } else {
                let stamp = TimeText.utc(table.time[index])
                report(
                    Int(lines[index]), 1,
                    table.time[index] == last
                        ? "found the time \(stamp) twice" : "found the time \(stamp) after a later one",
                    kind: .order)
            }
        }
        if keep.count < table.count {
            table = table.selecting(keep)
            lines = keep.map { lines[$0] }
        }
    }
}
