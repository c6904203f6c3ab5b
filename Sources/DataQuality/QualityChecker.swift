package import Basics
package import MarketData

/// Runs a suite over files; files of one instrument are looked at as one series of bars.
///
/// The bars of all files lie in memory until ``report(subject:)``, as they do when features are computed.
package struct QualityChecker {
    private let suite: QualitySuite
    private var context: ExpectationContext
    private var reader: BarReader
    /// What was read, by instrument, in the order in which instruments first occur.
    private var readings: [(path: String, parts: [(name: String, reading: BarReading)])] = []
    /// What is known of the instruments of files.
    private var known: BarFiles?
    private var positions: [String: Int] = [:]
    /// Files without a row, in words of messages.
    private var withoutRows: [String] = []
    /// Files whose bars stand at another distance than the market's interval, in words.
    private var otherIntervals: [String] = []
    /// Files whose stamps contradict the sessions of the market, in words.
    private var otherSessions: [String] = []
    private let market: MarketSpec
    private var interval: Nanoseconds { market.interval }
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
        self.market = market
    }

    /// Reads one file; what it holds is checked with the other files of its instruments.
    ///
    /// - Parameters:
    ///   - path: a file of bars in any format of ``MarketFormats``.
    ///   - name: what messages call it.
    ///   - files: what is known of the instruments of files; nil where their own names say it.
    /// - Throws: ``Failure`` or ``FileError`` when the file holds no bars at all.
    package mutating func check(_ path: String, shownAs name: String, of files: BarFiles? = nil) throws {
        let readings = try files?.read(path, &reader) ?? reader.readAll(path)
        known = files
        self.files += 1
        var found = 0
        for reading in readings { found += try take(reading, path: path, name: name) }
        rows += found
        if found == 0 { withoutRows.append(name) }
    }

    /// - Returns: rows of the reading, faulty ones among them.
    private mutating func take(_ reading: BarReading, path: String, name: String) throws -> Int {
        // Bars of another interval lie at other times, too: that is said once.
        if let (gap, row) = BarSpacing.contradiction(reading.table.time, to: interval) {
            let line = reading.lines.indices.contains(row) ? ":\(reading.lines[row])" : ""
            otherIntervals.append("\(name)\(line): bars \(Interval.text(gap)) apart")
        } else if let words = try QualityChecker.contradiction(reading, market) {
            otherSessions.append("\(name): \(words)")
        }
        let instrument = reading.table.instrument
        if let position = positions[instrument] {
            readings[position].parts.append((name, reading))
        } else {
            positions[instrument] = readings.count
            readings.append((path, [(name, reading)]))
        }
        return reading.table.count + reading.issueCounts.values.reduce(0, +)
    }

    /// How the stamps of a file contradict the sessions of the market; nil where they do not.
    private static func contradiction(_ reading: BarReading, _ market: MarketSpec) throws -> String? {
        switch try SessionFit.contradiction(reading.table.time, to: market) {
        case .closed(let bars, let all, _): "\(bars) of \(all) bars while the market is closed"
        case .stampedAtClose(let sessions, let all, _):
            "bars at the close and none at the open on \(sessions) of \(all) sessions"
        case .stampedAtOpen(let sessions, let all, _):
            "one bar before the open and no last one on \(sessions) of \(all) sessions, taken as stamped at the close"
        case nil: nil
        }
    }

    /// One item an expectation, in the suite's order.
    ///
    /// A file without a row is named; a check that saw no row at all fails, for it looked at nothing. Files that were
    /// passed over are named as well.
    ///
    /// - Parameters:
    ///   - subject: what was checked, in words.
    ///   - absent: recorded files that are not here.
    ///   - passedOver: files beside those that were read, whose format is not that of bars.
    /// - Throws: ``Failure`` with code `data.instrument-files` where files of one instrument differ in the length of
    ///   their bars; `data.instrument-name` where names only count parts of an instrument; `calendar.unknown`
    ///   for bars beyond the days that the market's calendar knows.
    package mutating func report(subject: String, passedOver: [String] = [], absent: [String] = []) throws
        -> CheckReport
    {
        var totals = suite.entries.map { _ in Finding() }
        var ends: [(path: String, table: BarTable)] = []
        for (path, parts) in readings {
            guard let first = parts.first else { continue }
            let bars = try CheckedBars(first, Array(parts.dropFirst()))
            ends.append((path, bars.ends))
            for (index, entry) in suite.entries.enumerated() {
                totals[index].add(try entry.expectation.check(bars, &context))
            }
        }
        try known?.requireInstruments(ends)
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
        return CheckReport(
            title: "data quality", subject: "\(subject) (\(files) files, \(rows) rows)",
            items: items + inputItems(passedOver: passedOver, absent: absent))
    }

    /// What is wrong with the files themselves; no item where nothing is.
    private func inputItems(passedOver: [String], absent: [String]) -> [CheckReport.Item] {
        var items: [CheckReport.Item] = []
        if rows == 0 || !withoutRows.isEmpty {
            items.append(
                CheckReport.Item(
                    name: "has_rows", status: rows == 0 ? .failed : .warned,
                    reason: "every file has a row; found \(withoutRows.count) of \(files) files without one",
                    evidence: Array(withoutRows.prefix(Finding.exampleLimit)),
                    values: .map(["offending": .int(withoutRows.count), "checked": .int(files)])))
        }
        // Against another interval than theirs, bars miss nothing and break nothing.
        if !otherIntervals.isEmpty {
            items.append(
                CheckReport.Item(
                    name: "interval", status: .failed,
                    reason: "bars stand \(Interval.text(interval)) apart, as the market says; found "
                        + "\(otherIntervals.count) of \(files) files with others: name their market by --market FILE",
                    evidence: Array(otherIntervals.prefix(Finding.exampleLimit)),
                    values: .map(["offending": .int(otherIntervals.count), "checked": .int(files)])))
        }
        if !otherSessions.isEmpty {
            items.append(
                CheckReport.Item(
                    name: "sessions", status: .failed,
                    reason: "bars are stamped as the market says and lie in its sessions; found "
                        + "\(otherSessions.count) of \(files) files with others: name their market by --market FILE",
                    evidence: Array(otherSessions.prefix(Finding.exampleLimit)),
                    values: .map(["offending": .int(otherSessions.count), "checked": .int(files)])))
        }
        if !passedOver.isEmpty {
            items.append(
                CheckReport.Item(
                    name: "files_read", status: .warned,
                    reason: "every file is read; found \(passedOver.count) whose name has no ending of bars "
                        + "and which \(passedOver.count == 1 ? "was" : "were") not looked at",
                    evidence: Array(passedOver.prefix(Finding.exampleLimit)),
                    values: .map([
                        "offending": .int(passedOver.count), "checked": .int(files + passedOver.count),
                    ])))
        }
        if !absent.isEmpty {
            items.append(
                CheckReport.Item(
                    name: "files_here", status: .warned,
                    reason:
                        "every recorded file is here; found \(absent.count) that \(absent.count == 1 ? "is" : "are") "
                        + "not: the rest was looked at",
                    evidence: Array(absent.prefix(Finding.exampleLimit)),
                    values: .map(["offending": .int(absent.count), "checked": .int(files + absent.count)])))
        }
        return items
    }
}
