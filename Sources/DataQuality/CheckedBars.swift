import Basics
package import MarketData

/// The bars of one instrument in order of time, from one file or from many: what an expectation looks at.
///
/// Days that a vendor delivers in a file each are one series: what is missing between two files is missing.
package struct CheckedBars: Sendable {
    /// Rows that passed the reader, in increasing order of time.
    package private(set) var table: BarTable
    /// Faulty rows, as the reader and the joining found them; the first of them.
    package private(set) var issues: [RowIssue] = []
    /// All faulty rows.
    package private(set) var issueCounts: [RowIssue.Kind: Int] = [:]
    private var lines: [Int32] = []
    /// The first row of each file, and what messages call the file.
    private var files: [(start: Int, name: String)] = []

    /// Joins files of one instrument in order of their first bars.
    ///
    /// A row that is not later than all before it is a faulty row of its file, as it is inside one file.
    ///
    /// - Parameter parts: files in repair mode, with what messages call them; one at least.
    /// - Throws: ``Failure`` with code `data.instrument-files` where files differ in the length of bars or in decimals.
    /// - Complexity: O(rows + files · log files).
    package init(_ first: (name: String, reading: BarReading), _ others: [(name: String, reading: BarReading)] = [])
        throws
    {
        let parts = [first] + others
        let sorted = parts.indices.sorted {
            (parts[$0].reading.table.time.first ?? .max, $0) < (parts[$1].reading.table.time.first ?? .max, $1)
        }
        table = first.reading.table
        table.removeAll()
        let reference = parts[sorted[0]]
        for index in sorted {
            let part = parts[index]
            if part.reading.table.count > 0 {
                try BarFiles.requireAlike(
                    (reference.name, reference.reading.table), (part.name, part.reading.table))
            }
            take(part.reading, name: part.name)
        }
    }

    private mutating func take(_ reading: BarReading, name: String) {
        issues += reading.issues
        issueCounts.merge(reading.issueCounts, uniquingKeysWith: +)
        files.append((table.count, name))
        for index in 0..<reading.table.count {
            let time = reading.table.time[index], line = reading.lines[index]
            if let last = table.time.last, time <= last {
                let stamp = TimeText.utc(time)
                issueCounts[.order, default: 0] += 1
                issues.append(
                    RowIssue(
                        .order, mark: SourceMark(file: name, line: Int(line), column: 1),
                        reason: time == last
                            ? "found the time \(stamp) twice" : "found the time \(stamp) after a later one",
                        action: "left out"))
                continue
            }
            table.append(reading.table[index])
            lines.append(line)
        }
    }

    /// Rows of all files, with those that were left out.
    package var rows: Int { table.count + issueCounts.values.reduce(0, +) }

    /// The first and the last row alone.
    var ends: BarTable {
        var ends = table
        ends.removeAll()
        if table.count > 0 { ends.append(table[0]) }
        if table.count > 1 { ends.append(table[table.count - 1]) }
        return ends
    }

    /// `file:line` of a row.
    ///
    /// - Complexity: O(log files).
    package func place(_ index: Int) -> String {
        var low = 0, high = files.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if files[middle].start <= index { low = middle } else { high = middle }
        }
        return "\(files[low].name):\(lines[index])"
    }
}
