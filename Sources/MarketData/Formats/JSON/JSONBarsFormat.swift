import Basics
import Foundation
import Tables

/// Bars as JSON, in the shapes that exchanges answer with and programs save.
package enum JSONBarsFormat: FileFormat {
    /// Bytes that a file may have: it is held in memory.
    private static let largest = 1 << 29

    package static func find(_ path: String, head: [UInt8]) throws -> (any FoundFile)? {
        try find(path, head: head, options: CSVOptions())
    }

    package static func find(_ path: String, head: [UInt8], options: CSVOptions) throws -> (any FoundFile)? {
        let start = head.drop { $0 <= 0x20 }.prefix(200)
        guard let first = start.first, first == UInt8(ascii: "[") || first == UInt8(ascii: "{") else { return nil }
        let bytes = try WholeFile.bytes(path, atMost: largest)
        var parser = JSONBarsParser(file: path)
        do {
            guard try bytes.withUnsafeBufferPointer({ try parser.read($0) }) else { return nil }
        } catch let problem as JSONCursor.Problem {
            let line = bytes[..<min(problem.position, bytes.count)].count { $0 == 10 } + 1
            throw Failure(
                "json.syntax", "\(path):\(line): \(problem.reason) at byte \(problem.position + 1)",
                hint: "check it with: python3 -m json.tool FILE")
        }
        try options.requireRead(["stamp"], by: "file of bars as JSON", path: path)
        return try JSONBars(path, parser, options)
    }
}

/// Bars that were found in JSON text.
struct JSONBars: FoundFile {
    let kindName = "bars as JSON"
    let tables: [CanonicalKind] = [.bars]
    private(set) var notes: [String] = []
    private let path: String
    private var bars: BarArrays
    private(set) var isZoneAssumed = false

    init(_ path: String, _ parser: JSONBarsParser, _ options: CSVOptions) throws {
        self.path = path
        bars = BarArrays(instrument: FileInstrument.name(path))
        notes.append("the instrument '\(bars.instrument)' is that of the file's name")
        let order = try columnOrder(parser)
        var unit: ColumnType.Unit?, zone = try ExchangeZone(options.zone ?? "UTC"), missing = 0, hasWallClock = false
        for (row, cell) in parser.times.enumerated() {
            guard let cell else { throw refused(row, "found no time") }
            let prices = order.compactMap { parser.cells[$0][row] }
            guard prices.count == 4 else { missing += 1; continue }
            let time: Nanoseconds
            switch cell {
            case .number(let number): time = try stamp(number, row, &unit)
            case .text(let text):
                guard let parsed = Array(text.utf8).withUnsafeBufferPointer({ BarTimeText.parse($0, zone: &zone) })
                else { throw refused(row, "found '\(text)' as a time, expected ISO 8601 or a number since 1970") }
                time = parsed
                if !TimeColumn.namesZone(text) { hasWallClock = true }
            }
            bars.times.append(time)
            bars.prices.append(prices)
            bars.volumes.append(parser.cells[4][row])
            bars.positions.append(row + 1)
        }
        if let unit { notes.append("times count \(unit.rawValue)s since 1970, by their size") }
        isZoneAssumed = hasWallClock && options.zone == nil
        if isZoneAssumed { notes.append("times name no zone: shown as if they were UTC; say theirs") }
        if missing > 0 { notes.append("\(missing) rows without a price are left out") }
        try sort()
        noteDefects()
        close(isStampedAtClose: options.stampSide == .close)
        notes += try bars.scale(file: path)
    }

    private func refused(_ row: Int, _ reason: String) -> Failure {
        Failure("data.bad-rows", "\(path): row \(row + 1): \(reason)", hint: "correct the row or leave it out")
    }

    private func stamp(_ number: ExactDecimal, _ row: Int, _ unit: inout ColumnType.Unit?) throws -> Nanoseconds {
        guard let whole = number.integer(decimals: 0), let found = TimeUnit.of(whole) else {
            throw refused(row, "found a time before 1970 or out of range")
        }
        guard unit == nil || unit == found else {
            throw refused(row, "found a time in \(found.rawValue)s, expected \(unit?.rawValue ?? "")s as before")
        }
        unit = found
        let decimals = [.second: 9, .millisecond: 6, .microsecond: 3][found] ?? 0
        guard number.scale <= decimals, let time = number.integer(decimals: decimals) else {
            throw refused(row, "found a time beyond the year 2262 or finer than a nanosecond")
        }
        return time
    }

    /// Positions of open, high, low, close among the cells: where columns have no names, the order that makes sense.
    private mutating func columnOrder(_ parser: JSONBarsParser) throws -> [Int] {
        guard parser.namelessWidth > 0 else { return [0, 1, 2, 3] }
        func firstMisfit(_ order: [Int]) -> Int? {
            parser.times.indices.first { row in
                let values = order.map { parser.cells[$0][row]?.double ?? .nan }
                return values.contains { $0 > values[1] || $0 < values[2] }
            }
        }
        if let misfit = firstMisfit([0, 1, 2, 3]) {
            // As some exchanges answer: low, high, open, close.
            guard firstMisfit([2, 1, 0, 3]) == nil else {
                throw refused(
                    misfit,
                    "found prices that do not fit as open, high, low, close: the second is not the highest or "
                        + "the third not the lowest")
            }
            notes.append("items are taken as time, low, high, open, close, volume: the order that fits every row")
            return [2, 1, 0, 3]
        }
        notes.append("items are taken as time, open, high, low, close, volume, which fits every row")
        return [0, 1, 2, 3]
    }

    /// Puts the bars in order of time, where they are in the opposite one.
    private mutating func sort() throws {
        if bars.times.count > 1, zip(bars.times, bars.times.dropFirst()).allSatisfy({ $0 > $1 }) {
            bars.times.reverse()
            bars.prices.reverse()
            bars.volumes.reverse()
            bars.positions.reverse()
            notes.append("bars are written newest first and handed out oldest first")
        }
        for row in bars.times.indices.dropFirst() where bars.times[row] <= bars.times[row - 1] {
            throw refused(
                bars.positions[row] - 1,
                "found the time \(TimeText.utc(bars.times[row])) after \(TimeText.utc(bars.times[row - 1])), expected "
                    + "times that increase")
        }
    }

    private mutating func noteDefects() {
        let broken = bars.prices.indices.filter { row in
            let values = bars.prices[row].map(\.double)
            return values.contains { $0 > values[1] || $0 < values[2] }
        }
        if let first = broken.first {
            notes.append(
                "\(broken.count) bars have a high below or a low above another price, the first in row "
                    + "\(bars.positions[first])")
        }
    }

    /// When each bar could be known: a step after its start.
    private mutating func close(isStampedAtClose: Bool) {
        let gaps = zip(bars.times.dropFirst(), bars.times).map { $0.saturatingMinus($1) }
        let day: Nanoseconds = 86_400_000_000_000, step = BarSpacing.commonest(bars.times)?.gap ?? gaps.min() ?? day
        if isStampedAtClose { bars.times = bars.times.map { $0.saturatingMinus(step) } }
        bars.knownTimes = bars.times.map { $0.saturatingPlus(step) }
        notes.append(
            gaps.isEmpty
                ? "a single bar does not say how long it is: it counts as known a day later"
                : "times are taken as the \(isStampedAtClose ? "end" : "start") of bars of \(Interval.text(step)), the "
                    + "commonest distance")
    }

    func read(_ table: CanonicalKind) throws -> any ChunkSource { BarArraySource(bars, file: path) }
}
