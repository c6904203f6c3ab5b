package import Basics
package import MarketData

/// Runs a suite over files, one file in memory at a time.
package struct QualityChecker {
    private let suite: QualitySuite
    private var context: ExpectationContext
    private var reader: BarReader
    private var totals: [Finding]
    /// Rows seen so far.
    package private(set) var rows = 0
    /// Files that were checked.
    package private(set) var files = 0

    /// - Throws: ``Failure`` with code `time.zone` for an unknown zone.
    package init(_ suite: QualitySuite, market: MarketSpec) throws {
        self.suite = suite
        var tolerant = market
        tolerant.mode = .repair
        context = try ExpectationContext(market)
        reader = try BarReader(tolerant)
        totals = suite.entries.map { _ in Finding() }
    }

    /// Checks one file and adds what was found to the totals.
    ///
    /// - Parameters:
    ///   - path: a file of bars in any format of ``MarketFormats``.
    ///   - name: what messages call it.
    /// - Throws: ``Failure`` or ``FileError`` when the file holds no bars at all.
    package mutating func check(_ path: String, shownAs name: String) throws {
        let reading = try reader.read(path)
        rows += reading.table.count + reading.issueCounts.values.reduce(0, +)
        files += 1
        for (index, entry) in suite.entries.enumerated() {
            totals[index].add(entry.expectation.check(reading, file: name, &context))
        }
    }

    /// One item an expectation, in the suite's order.
    ///
    /// - Parameter subject: what was checked, in words.
    package func report(subject: String) -> CheckReport {
        let items = zip(suite.entries, totals).map { entry, finding in
            let isAccepted = entry.expectation.accepts(finding)
            let reason =
                isAccepted && finding.count == 0
                ? entry.expectation.requirement
                : "\(entry.expectation.requirement); found \(finding.count) offending of \(finding.checked)"
            return CheckReport.Item(
                name: type(of: entry.expectation).name,
                status: isAccepted ? .passed : (entry.severity == .warning ? .warned : .failed), reason: reason,
                evidence: finding.examples,
                values: .map([
                    "offending": .int(finding.count), "checked": .int(finding.checked),
                    "severity": .string(entry.severity.rawValue),
                ]))
        }
        return CheckReport(title: "data quality", subject: "\(subject) (\(files) files, \(rows) rows)", items: items)
    }
}
