import Basics
import MarketData

/// Runs a suite over files, one file in memory at a time.
package struct QualityChecker {
    private let suite: QualitySuite
    private var context: ExpectationContext
    private var reader: BarReader
    private var totals: [Finding]
    /// Rows seen so far.
    package private(set) var rows = 0
    package private(set) var files = 0

    package init(_ suite: QualitySuite, market: MarketSpec) throws {
        self.suite = suite
        var tolerant = market
        tolerant.mode = .repair
        context = try ExpectationContext(market)
        reader = try BarReader(tolerant)
        totals = suite.entries.map { _ in Finding() }
    }

    /// Checks one file.
    ///
    /// - Throws: ``Failure`` or ``FileError`` when the file holds no bars at all.
    package mutating func check(_ path: String, shownAs name: String) throws {
        let reading = try reader.read(path)
        rows += reading.table.count + reading.issueCounts.values.reduce(0, +)
        files += 1
        for (index, entry) in suite.entries.enumerated() {
            totals[index].add(entry.expectation.check(reading, file: name, &context))
        }
    }

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
