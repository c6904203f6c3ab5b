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
        let bytes = try ByteSource.bytes(path, atMost: largest)
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
        let names = try names(parser)
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
            if let names { bars.instruments.append(names[row]) }
        }
        if let unit { notes.append("times count \(unit.rawValue)s since 1970, by their size") }
        isZoneAssumed = hasWallClock && options.zone == nil
        if isZoneAssumed { notes.append("times name no zone: shown as if they were UTC; say theirs") }
        if missing > 0 { notes.append("\(missing) rows without a price are left out") }
        for (key, other) in parser.passedOver.sorted(by: { $0.key < $1.key }) {
            notes.append("'\(Escaping.terminal(key))' is passed over for '\(Escaping.terminal(other))'")
        }
        try survey(options)
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

    /// The instrument of each row; nil where the file's name, or one word for all rows, says it.
    private mutating func names(_ parser: JSONBarsParser) throws -> [String]? {
        let said = parser.instruments
        guard said.contains(where: { $0 != nil }) else {
            if let one = parser.instrument { bars.instrument = one }
            let origin = parser.instrument == nil ? "name" : "own words"
            notes.append("the instrument '\(Escaping.terminal(bars.instrument))' is that of the file's \(origin)")
            return nil
        }
        return try said.enumerated().map { row, name in
            guard let name = name ?? parser.instrument else {
                throw refused(row, "found no instrument beside rows that have one")
            }
            return name
        }
    }

    /// Holds the bars against what bars are, turns them around where the newest stands first, and finds their length.
    private mutating func survey(_ options: CSVOptions) throws {
        var survey = BarSurvey(path, .row)
        for row in bars.times.indices {
            let name = bars.instruments.isEmpty ? bars.instrument : bars.instruments[row]
            let prices = bars.prices[row].map(\.double), position = bars.positions[row]
            survey.stamp(bars.times[row], of: survey.number(of: name), row: position)
            survey.values(
                open: prices[0], high: prices[1], low: prices[2], close: prices[3],
                volume: bars.volumes[row]?.double, row: position)
        }
        if try survey.order() {
            bars.times.reverse()
            bars.prices.reverse()
            bars.volumes.reverse()
            bars.positions.reverse()
            bars.instruments.reverse()
            notes.append("bars are written newest first and handed out oldest first")
        }
        notes += try survey.meaning()
        let found = try survey.length(given: options.interval)
        if let note = found.note { notes.append(note) }
        let isAtClose = options.stampSide == .close
        bars.knownTimes = isAtClose ? bars.times : bars.times.map { found.length.end($0) }
        if isAtClose { bars.times = bars.times.map { found.length.start($0) } }
        notes.append("times are taken as the \(isAtClose ? "end" : "start") of bars of \(found.length.text)")
    }

    func read(_ table: CanonicalKind) throws -> any ChunkSource { BarArraySource(bars, file: path) }
}
